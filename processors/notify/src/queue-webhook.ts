import type { VideoFailed, VideoTranscoded } from '@streamflix/contracts';
import type { Platform } from '@streamflix/infra/processor';
import { addTasks, inTransaction, lockJob, receiveOnce } from '@streamflix/infra/work';

/** Notes the delivery of an outcome to the job's webhook, once per outcome. */
export async function queueWebhook(
  platform: Platform,
  kind: 'video.transcoded' | 'video.failed',
  event: VideoTranscoded | VideoFailed,
): Promise<void> {
  await inTransaction(platform, async (unit) => {
    if (!(await receiveOnce(unit, platform.service, event.eventId))) return;
    const job = await lockJob(unit, event.jobId);
    if (job === null || job.webhookUrl === null) return;
    const body = JSON.stringify({ type: kind, timestamp: new Date(event.occurredAt).toISOString(), data: event });
    await addTasks(unit, job, [
      {
        name: job.attempt === 1 ? 'webhook' : `webhook-${event.eventId}`,
        pool: 'notify',
        state: 'ready',
        spec: { kind: 'webhook', url: job.webhookUrl, event: kind, eventId: event.eventId, body },
        // Outcomes of one video arrive in the order in which they happened.
        orderKey: `webhook:${job.tenantId}:${job.videoId}`,
        predictedCpuSeconds: 0,
      },
    ]);
  });
}
