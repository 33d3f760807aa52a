import { expect, it } from 'vitest';
import { assertEncoders } from './capabilities.ts';
import { testMedia } from './testkit/test-media.ts';

it('this build of ffmpeg can do the work', async () => {
  await expect(assertEncoders(testMedia)).resolves.toBeUndefined();
});

it('a program that is not there is named with the setting that says where it is', async () => {
  await expect(assertEncoders({ ...testMedia, ffprobePath: '/nowhere/ffprobe' })).rejects.toThrow(/FFPROBE_PATH/);
});
