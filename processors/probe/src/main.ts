import { assertRuns } from '@streamflix/infra/media';
import { letHeapDouble, runMain, runService, slotsOf, WorkerPool } from '@streamflix/infra/processor';
import { probeTask } from './probe-task.ts';

// What it downloads passes through in buffers.
letHeapDouble();

await runMain('probe', async (platform) => {
  await assertRuns(platform.config.media, 'ffprobe');
  await assertRuns(platform.config.media, 'ffmpeg');
  const workers = new WorkerPool(platform, { pool: 'probe', slots: slotsOf(platform.config), run: probeTask });
  await runService({ platform, workers, consumes: { 'job.created': workers.ring } });
});
