import { runMain, runService } from '@streamflix/infra/processor';
import { takeInUpload } from './take-in-upload.ts';

await runMain('ingest', (platform) =>
  runService({
    platform,
    consumes: { 'video.uploaded': (event, { signal }) => takeInUpload(platform, event, signal) },
  }),
);
