import { stillsCapability } from '@streamflix/contracts';
import { assertRuns } from '@streamflix/infra/media';
import { letHeapDouble, runMain, runService, slotsOf, WorkerPool } from '@streamflix/infra/processor';
import { packageTask } from './package-task.ts';

// What it downloads passes through in buffers.
letHeapDouble();

await runMain('package', async (platform) => {
  await assertRuns(platform.config.media, 'packager');
  await assertRuns(platform.config.media, 'ffmpeg');
  const slots = slotsOf(platform.config);
  const workers = new WorkerPool(platform, { pool: 'package', slots, run: packageTask, capabilities: [stillsCapability] });
  await runService({ platform, workers, consumes: { 'rendition.done': workers.ring } });
});
