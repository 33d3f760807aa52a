import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { assertEncoders, assertRuns } from './capabilities.ts';
import { scratchDir, testMedia } from './testkit/test-media.ts';

// A file of its own: fluent-ffmpeg remembers what the first ffmpeg of a process could do.
const dir = scratchDir();

it('a build without an encoder and a filter is named with what it lacks', async () => {
  const path = join(dir, 'ffmpeg');
  await writeFile(path, `#!/bin/sh\n${testMedia.ffmpegPath} "$@" | grep -v -e libx264 -e zscale\n`);
  await chmod(path, 0o755);
  await expect(assertEncoders({ ...testMedia, ffmpegPath: path })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(/lacks the encoder libx264, the filter zscale$/),
  });
});

it('a worker whose program does not run says so at its start, before it fails a job', async () => {
  const path = join(dir, 'ffprobe');
  await writeFile(path, "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2; exit 1\n");
  await chmod(path, 0o755);
  await expect(assertRuns({ ...testMedia, ffprobePath: path, sandbox: 'none' }, 'ffprobe')).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('uid map: Permission denied'),
  });
  for (const tool of ['ffprobe', 'packager'] as const) await assertRuns(testMedia, tool);
});
