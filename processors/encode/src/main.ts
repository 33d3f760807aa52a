import { assertEncoders, assertRuns, probeEncoders } from '@streamflix/infra/media';
import { encodeSlots, letHeapDouble, runMain, runService, WorkerPool } from '@streamflix/infra/processor';
import { encodeTask } from './encode-task.ts';

// What it downloads passes through in buffers.
letHeapDouble();

await runMain('encode', async (platform) => {
  await assertEncoders(platform.config.media);
  await assertRuns(platform.config.media, 'ffprobe');
  const capabilities = await probeEncoders(platform.config.media);
  const workers = new WorkerPool(platform, {
    pool: 'encode',
    slots: encodeSlots(platform.config),
    run: encodeTask,
    capabilities,
  });
  await runService({ platform, workers, consumes: { 'job.assigned': workers.ring } });
});
