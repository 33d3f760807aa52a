import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countFrames, framesPerSecond, planJob, requireVideo, type VideoRendition } from '@streamflix/contracts';
import { expect, test } from 'vitest';
import { type CorpusEntry, corpus, isPackage, isRefused, makeEntry, sourceFaults, watchVideo } from '../testkit/corpus/index.ts';
import { encodeVideo } from './ffmpeg.ts';
import { probeSource } from './probe.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';

const cacheDir = fileURLToPath(new URL('../../../.local/cache/corpus', import.meta.url));
const run = { media: testMedia, signal: neverAborted };
const whole = { index: 0, count: 1, startFrame: 0, frameCount: null };
const dir = scratchDir();
const timeout = 120_000;

const titled = (entries: readonly CorpusEntry[]) => entries.map((entry) => [entry.name, entry] as const);

test.each(titled(corpus))('%s is described and planned as it is', { timeout }, async (_name, entry) => {
  const probing = probeSource(await makeEntry(entry, cacheDir), run);
  const { expected } = entry;
  if (isRefused(expected)) return expect(probing).rejects.toMatchObject({ code: expected.refusal });
  const source = await probing;
  if (!isPackage(expected)) {
    expect(source.video).toBeNull();
    expect(source.durationSeconds).toBeCloseTo(expected.soundSeconds, 1);
    return;
  }
  expect(sourceFaults(expected, source)).toEqual([]);
  const rungs = planJob(source).renditions.filter(({ kind }) => kind === 'video') as VideoRendition[];
  const { frameRate, frames } = expected.video;
  for (const rung of rungs) {
    expect(framesPerSecond(rung.frameRate)).toBe(framesPerSecond(frameRate));
    expect(countFrames(source.durationSeconds, rung.frameRate)).toBe(frames);
  }
  expect(rungs).not.toEqual([]);
});

test('a single picture is refused for its length alone: the engine makes a video of it', { timeout }, async () => {
  const [entry] = corpus.filter(({ name }) => name === 'one-frame');
  if (entry === undefined) throw new Error('the corpus has no single picture');
  const input = await makeEntry(entry, cacheDir);
  const source = requireVideo(await probeSource(input, { ...run, limits: { shortSide: 32, seconds: 0, hours: 1 } }));
  const [rendition] = planJob(source).renditions.filter(({ kind }) => kind === 'video') as VideoRendition[];
  const outputDir = join(dir, 'single');
  mkdirSync(outputDir);
  const renditions = rendition === undefined ? [] : [rendition];
  const [file] = await encodeVideo({ ...run, input, source, outputDir, chunk: whole, renditions });
  expect((await watchVideo(file?.path ?? '')).pictures).toMatchObject([{ number: 0, seconds: 0 }]);
});
