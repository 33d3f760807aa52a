import { assertRuns } from '@streamflix/infra/media';
import { runMain, runService, slotsOf, WorkerPool } from '@streamflix/infra/processor';
import { probeTask } from './probe-task.ts';

await runMain('probe', async (platform) => {
  await assertRuns(platform.config.media, 'ffprobe');
  await assertRuns(platform.config.media, 'ffmpeg');
  const workers = new WorkerPool(platform, { pool: 'probe', slots: slotsOf(platform.config), run: probeTask });
  await runService({ platform, workers, consumes: { 'job.created': workers.ring } });
});
