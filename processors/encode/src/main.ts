import { assertEncoders, assertRuns } from '@streamflix/infra/media';
import { runMain, runService, WorkerPool } from '@streamflix/infra/processor';
import { encodeTask } from './encode-task.ts';

await runMain('encode', async (platform) => {
  await assertEncoders(platform.config.media);
  await assertRuns(platform.config.media, 'ffprobe');
  const workers = new WorkerPool(platform, { pool: 'encode', slots: platform.config.work.slots, run: encodeTask });
  await runService({ platform, workers, consumes: { 'job.assigned': workers.ring } });
});
