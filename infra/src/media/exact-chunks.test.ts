import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import {
  type Chunk,
  countFrames,
  planJob,
  requireVideo,
  type SourceWithVideo,
  type TaskSpec,
  type VideoRendition,
} from '@streamflix/contracts';
import { expect, test, vi } from 'vitest';
import { joinChunks } from './join-chunks.ts';
import { buildPieceArgs } from './piece-args.ts';
import { probeSource } from './probe.ts';
import { encodeLosslessly, picturesOf } from './testkit/lossless.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';

// Real encodes on a shared machine.
vi.setConfig({ testTimeout: 120_000 });

const dir = scratchDir();
const run = { media: testMedia, signal: neverAborted };
const seconds = 14;

const ffmpeg = (...args: string[]): void => {
  execFileSync(testMedia.ffmpegPath, ['-v', 'error', '-nostdin', '-y', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
};

interface Recipe {
  rate?: string;
  /** The container follows it. */
  extension?: string;
  /** Filters that change when pictures are shown. */
  filter?: string;
  codec?: string[];
  /** Copied into another file with these arguments before and after the input. */
  remux?: [before: string[], after: string[]];
}

const x264 = (params: string): string[] => ['-c:v', 'libx264', '-preset', 'veryfast', '-x264-params', params];
const closed = x264('keyint=48:bframes=3');

const recipes: Record<string, Recipe> = {
  '23.976': { rate: '24000/1001' },
  '25': { rate: '25' },
  '29.97 with a pyramid of B pictures': { rate: '30000/1001', codec: x264('keyint=70:bframes=8:b-pyramid=normal:ref=4') },
  '29.97 with open GOPs': { rate: '30000/1001', codec: x264('open-gop=1:keyint=50:bframes=6:b-pyramid=normal') },
  '29.97 with open GOPs in Matroska': {
    rate: '30000/1001',
    extension: 'mkv',
    codec: x264('open-gop=1:keyint=50:bframes=6:b-pyramid=normal'),
  },
  '59.94 in Matroska': { rate: '60000/1001', extension: 'mkv' },
  '12': { rate: '12' },
  '120, made 60': { rate: '120', codec: x264('keyint=240:bframes=3') },
  'one key frame in all': { rate: '25', codec: x264('keyint=9999:scenecut=0:bframes=3') },
  'MPEG-2 with open GOPs in QuickTime': {
    rate: '25',
    extension: 'mov',
    codec: ['-c:v', 'mpeg2video', '-b:v', '2M', '-bf', '2', '-g', '15'],
  },
  'VP9 in WebM': {
    rate: '25',
    extension: 'webm',
    codec: ['-c:v', 'libvpx-vp9', '-b:v', '500k', '-deadline', 'realtime', '-cpu-used', '8'],
  },
  'an edit list that hides the begin': { rate: '25', codec: x264('keyint=80:bframes=3'), remux: [['-ss', '1.3'], []] },
  'pictures to be turned': { rate: '25', remux: [[], ['-metadata:s:v:0', 'rotate=90']] },
  'pictures that begin after the sound': { rate: '25', remux: [['-itsoffset', '0.7'], []] },
  'a begin at 100 s': { rate: '25', extension: 'mkv', remux: [[], ['-output_ts_offset', '100']] },
  'a variable rate': {
    filter: "select='not(eq(mod(n,7),3))+lt(n,90)',setpts='PTS+0.4*random(1)/25/TB'",
    codec: ['-enc_time_base', '1/90000', ...closed],
  },
  'a picture that stays for five seconds': { filter: "select='not(between(n,90,215))'", codec: x264('keyint=40:bframes=3') },
  'pictures missing in the middle': { rate: '25', filter: "select='not(between(n,140,158))'" },
};

async function prepare(name: string, { rate = '25', extension = 'mp4', filter, codec = closed, remux }: Recipe) {
  const plain = join(dir, `${name.replaceAll(/\W+/g, '-')}.${extension}`);
  ffmpeg(
    ...['-f', 'lavfi', '-i', `testsrc2=size=160x90:rate=${rate}:duration=${seconds}`],
    ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${seconds}`],
    ...(filter === undefined ? [] : ['-vf', filter, '-fps_mode', 'passthrough']),
    ...[...codec, '-pix_fmt', 'yuv420p', '-c:a', extension === 'webm' ? 'libopus' : 'aac', plain],
  );
  const input = remux === undefined ? plain : join(dir, `remuxed-${name.replaceAll(/\W+/g, '-')}.${extension}`);
  if (remux !== undefined) {
    const [before, after] = remux;
    const streams = before[0] === '-itsoffset' ? ['-i', plain, '-map', '0:v', '-map', '1:a'] : ['-map', '0'];
    ffmpeg(...before, '-i', plain, ...streams, '-c', 'copy', ...after, input);
  }
  const source = requireVideo(await probeSource(input, run));
  const rendition = planJob(source).renditions.find((each): each is VideoRendition => each.kind === 'video');
  if (rendition === undefined) throw new Error('no rung');
  const frames = countFrames(source.durationSeconds, rendition.frameRate);
  const { segmentFrames } = rendition;
  const count = Math.ceil(frames / segmentFrames);
  const chunks = Array.from({ length: count }, (_, index): Chunk => {
    const isLast = index === count - 1;
    return { index, count, startFrame: index * segmentFrames, frameCount: isLast ? null : segmentFrames };
  });
  return { input, source, rendition, frames, chunks };
}

const cut = (input: string, source: SourceWithVideo, spec: TaskSpec, outputPath: string): string => {
  execFileSync(testMedia.ffmpegPath, buildPieceArgs({ input, source, spec, outputPath }) ?? [], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return outputPath;
};

test.each(Object.entries(recipes))('chunks of %s, from the source or from pieces of it, are one encode', async (name, recipe) => {
  const { input, source, rendition, frames, chunks } = await prepare(name, recipe);
  expect(chunks.length).toBeGreaterThan(2);
  const base = join(dir, `${name.replaceAll(/\W+/g, '-')}-out`);
  const whole: Chunk = { index: 0, count: 1, startFrame: 0, frameCount: null };
  const expected = picturesOf(encodeLosslessly({ input, source, rendition, chunk: whole, outputPath: `${base}.mp4` }));
  expect(expected).toHaveLength(frames);
  for (const isPiece of [false, true]) {
    const paths = chunks.map((chunk) => {
      const spec: TaskSpec = { kind: 'video', chunk, renditions: [rendition] };
      const from = isPiece ? cut(input, source, spec, `${base}-${chunk.index}-piece`) : input;
      return encodeLosslessly({ input: from, isPiece, source, rendition, chunk, outputPath: `${base}-${chunk.index}.mp4` });
    });
    const outputPath = `${base}-joined.mp4`;
    await joinChunks({ ...run, paths, outputPath, rendition, frames });
    expect(picturesOf(outputPath), isPiece ? 'pieces' : 'chunks').toEqual(expected);
  }
});
