import { runMain, runService, WorkerPool } from '@streamflix/infra/processor';
import { webhookDelivery } from './deliver-webhook.ts';
import { queueWebhook } from './queue-webhook.ts';

/** Deliveries wait on other people's servers, not on our processor: many at once cost nothing. */
const deliverySlots = 16;

await runMain('notify', async (platform) => {
  const workers = new WorkerPool(platform, { pool: 'notify', slots: deliverySlots, run: webhookDelivery() });
  const tell = (kind: 'video.transcoded' | 'video.failed') => async (event: Parameters<typeof queueWebhook>[2]) => {
    await queueWebhook(platform, kind, event);
    await workers.ring();
  };
  await runService({
    platform,
    workers,
    consumes: { 'video.transcoded': tell('video.transcoded'), 'video.failed': tell('video.failed') },
  });
});
