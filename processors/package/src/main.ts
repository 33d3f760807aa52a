import { runMain, runService, WorkerPool } from '@streamflix/infra/processor';
import { collectRendition } from './collect-rendition.ts';
import { packageTask } from './package-task.ts';

await runMain('package', async (platform) => {
  const workers = new WorkerPool(platform, { pool: 'package', slots: platform.config.work.slots, run: packageTask });
  await runService({
    platform,
    workers,
    consumes: {
      'rendition.done': async (event) => {
        await collectRendition(platform, event);
        await workers.ring();
      },
    },
  });
});
