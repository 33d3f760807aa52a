import { assertRuns } from '@streamflix/infra/media';
import { runMain, runService, WorkerPool } from '@streamflix/infra/processor';
import { packageTask } from './package-task.ts';

await runMain('package', async (platform) => {
  await assertRuns(platform.config.media, 'packager');
  const workers = new WorkerPool(platform, { pool: 'package', slots: platform.config.work.slots, run: packageTask });
  await runService({ platform, workers, consumes: { 'rendition.done': workers.ring } });
});
