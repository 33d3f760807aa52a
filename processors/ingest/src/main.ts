import { runMain, runService, WorkerPool } from '@streamflix/infra/processor';
import { fetchTask } from './fetch-task.ts';
import { takeInUpload } from './take-in-upload.ts';

/** Fetches wait on other people's servers, not on our processor; their memory is bounded by the store's adapter. */
const fetchSlots = 8;

await runMain('ingest', async (platform) => {
  const workers = new WorkerPool(platform, { pool: 'ingest', slots: fetchSlots, run: fetchTask });
  await runService({
    platform,
    workers,
    consumes: { 'video.uploaded': (event, { signal }) => takeInUpload(platform, event, signal) },
  });
});
