import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { StorageProvider } from '@streamflix/infra/storage';
import { askIndependentClient } from '../support/independent-client.ts';
import { type ChaosStack, chaosTenant } from './chaos-stack.ts';
import { chaosClip } from './clips.ts';
import type { PlannedJob } from './plan-jobs.ts';

const retryMs = 1_000;

/** Submits a job as its caller would: again and again until it is accepted. Answers with how often it was refused. */
export async function submitJob(
  stack: ChaosStack,
  storage: StorageProvider,
  job: PlannedJob,
  signal: AbortSignal,
): Promise<number> {
  const path = await chaosClip(job.clip);
  const submit =
    job.by === 'event' ? await byEvent(stack, storage, job, path) : byGateway(stack.gatewayUrls[job.by], stack, job, path);
  for (let refused = 0; ; refused += 1) {
    signal.throwIfAborted();
    if (await submit()) return refused;
    await delay(retryMs, undefined, { signal });
  }
}

async function byEvent({ env }: ChaosStack, storage: StorageProvider, { videoId }: PlannedJob, path: string) {
  const sourceKey = `uploads/${videoId}/source.mp4`;
  await storage.write({ key: sourceKey }, { file: path });
  // One event id, however often it has to be sent: what was not acknowledged may be there all the same.
  const value = {
    ...{ eventId: randomUUID(), occurredAt: Date.now(), tenantId: chaosTenant, videoId, sourceBucket: env.S3_BUCKET, sourceKey },
    ...{ filename: 'source.mp4', contentType: null, sizeBytes: null, checksumSha256: null, profile: null, priority: 5 },
    ...{ webhookUrl: null, deadlineAt: null, metadata: {} },
  };
  return async (): Promise<boolean> => {
    const sending = askIndependentClient(['produce'], {
      env: { ...process.env, ...env },
      input: `${JSON.stringify({ value })}\n`,
    });
    return await sending.then(
      () => true,
      () => false,
    );
  };
}

/** A caller whose answer was lost sends again, with the same key: there must be one job. */
function byGateway(url: string, { env }: ChaosStack, { videoId }: PlannedJob, path: string) {
  const headers = { 'x-api-key': env.API_KEY, 'idempotency-key': randomUUID() };
  return async (): Promise<boolean> => {
    const form = new FormData();
    form.set('videoId', videoId);
    form.set('file', new Blob([readFileSync(path)], { type: 'video/mp4' }), 'source.mp4');
    const asking = fetch(`${url}/api/v1/jobs/upload`, {
      method: 'POST',
      headers,
      body: form,
      signal: AbortSignal.timeout(30_000),
    });
    return await asking.then(
      ({ status }) => status === 202,
      () => false,
    );
  };
}
