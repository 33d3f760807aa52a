import { planJob, requireVideo } from '@streamflix/contracts';
import { encodeVideo } from '../ffmpeg.ts';
import { probeSource } from '../probe.ts';
import type { MediaConfig } from '../tool.ts';

/** Run as a process of its own, to be killed: encodes as slowly as possible and says when it has begun. */
const [input = '', outputDir = '', sandbox] = process.argv.slice(2);
const media: MediaConfig = {
  ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg',
  ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe',
  packagerPath: 'packager',
  sandbox: sandbox === 'bubblewrap' ? 'bubblewrap' : 'none',
};
const { signal } = new AbortController();
const source = requireVideo(await probeSource(input, { media, signal }));
const renditions = planJob(source).renditions.flatMap((rendition) =>
  rendition.kind === 'video' ? [{ ...rendition, preset: 'placebo' }] : [],
);
await encodeVideo({
  input,
  source,
  outputDir,
  media,
  signal,
  chunk: { index: 0, count: 1, startFrame: 0, frameCount: null },
  renditions,
  onProgress: () => process.stdout.write('encoding\n'),
});
