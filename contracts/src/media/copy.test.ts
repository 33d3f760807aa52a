import { expect, test } from 'vitest';
import { plainSource } from '../testkit/index.ts';
import { type CodedStream, copyRefusal, mayBeCopied } from './copy.ts';
import { planJob, planTasks } from './plan-job.ts';
import { profileSchema } from './profile.ts';
import type { SourceVideo } from './source.ts';

/** 20 s of 720p25 at 1 Mbit/s with an IDR picture every two seconds. */
const source = (video: Partial<SourceVideo> = {}) => plainSource({ video });
const picture = (index: number) => ({ seconds: index / 25, sizeBytes: 5_000, isIdr: index % 50 === 0 });
const coded = (changes: Partial<CodedStream> = {}): CodedStream => ({
  width: 1280,
  height: 720,
  hasSquareSamples: true,
  hasParametersWithin: false,
  pictures: Array.from({ length: 500 }, (_, index) => picture(index)),
  ...changes,
});
const named = (document: object) => ({ name: 'own', version: 1, profile: profileSchema.parse(document) });

/** Whether the top rung of the plan is copied. */
function isCopied(of = source(), stream: CodedStream | null = coded(), document: object = { copy: true }): boolean {
  const [top] = planJob(of, named(document), stream).renditions;
  return top?.kind === 'video' && top.copied === true;
}

test('a stream that fits is copied into the top rung, in one piece and a task of its own', () => {
  const plan = planJob({ ...source(), durationSeconds: 20 }, named({ copy: true }), coded());
  expect(plan.renditions.filter((each) => each.kind === 'video' && each.copied).map(({ name }) => name)).toEqual(['720p']);
  const tasks = planTasks(plan);
  expect(tasks.map(({ name }) => name)).toEqual(['video-copy-0', 'video-0']);
  expect(tasks[0]?.spec).toMatchObject({ chunk: { count: 1, frameCount: null }, renditions: [{ name: '720p' }] });
});

test('nothing is copied unless the profile allows it and somebody looked at the stream', () => {
  expect(isCopied(source(), coded(), {})).toBe(false);
  expect(isCopied(source(), null)).toBe(false);
});

const pictures = coded().pictures;
const shifted = (by: number) => pictures.map((each) => ({ ...each, seconds: each.seconds + by }));

test.each<[string, Parameters<typeof isCopied>]>([
  ['another codec', [source({ codec: 'hevc' })]],
  ['ten bits', [source({ pixelFormat: 'yuv420p10le' })]],
  ['fields', [source({ fieldOrder: 'top-first' })]],
  ['high dynamic range', [source({ colour: { ...source().video.colour, transfer: 'pq' } })]],
  ['full range', [source({ colour: { ...source().video.colour, range: 'full' } })]],
  ['a rotation', [source({ rotation: 180 })]],
  ['a variable rate', [source({ variableFrameRate: true })]],
  ['another size', [source(), coded({ width: 1440 })]],
  ['oblong samples', [source(), coded({ hasSquareSamples: false })]],
  ['a size that is scaled', [source({ width: 1296, height: 730 }), coded({ width: 1296, height: 730 })]],
  ['a rate that is halved', [source({ frameRate: { numerator: 120, denominator: 1 } })]],
  ['a late begin of the container', [{ ...source(), startSeconds: 1.4 }]],
  ['a late first picture', [source(), coded({ pictures: shifted(0.04) })]],
  [
    'one picture beside the grid',
    [source(), coded({ pictures: pictures.map((each, i) => (i === 77 ? { ...each, seconds: each.seconds + 0.02 } : each)) })],
  ],
  ['sound that goes on', [{ ...source(), durationSeconds: 21 }]],
  [
    'a boundary without an IDR picture',
    [source(), coded({ pictures: pictures.map((each, i) => (i === 150 ? { ...each, isIdr: false } : each)) })],
  ],
  ['parameters that change', [source(), coded({ hasParametersWithin: true })]],
  ['too many bits', [source(), coded({ pictures: pictures.map((each) => ({ ...each, sizeBytes: 15_000 })) })]],
  [
    'too many bits in one segment',
    [
      source(),
      coded({ pictures: pictures.map((each, i) => (i < 150 ? { ...each, sizeBytes: 20_000 } : { ...each, sizeBytes: 1_000 })) }),
    ],
  ],
])('a stream with %s is encoded', (_, [of, stream]) => {
  expect(isCopied(of, stream)).toBe(false);
});

test.each([
  ['copied', 'exact', (seconds: number) => seconds],
  ['encoded', 'rounded to milliseconds', (seconds: number) => Math.round(seconds * 1000) / 1000],
])('a stream of 29.97 is %s when its times are %s', (what, _, rounded) => {
  const frameRate = { numerator: 30000, denominator: 1001 };
  const times = Array.from({ length: 300 }, (_each, index) => ({
    ...{ seconds: rounded((index * 1001) / 30_000), sizeBytes: 3_000, isIdr: index % 60 === 0 },
  }));
  expect(isCopied({ ...source({ frameRate }), durationSeconds: 10.01 }, coded({ pictures: times }))).toBe(what === 'copied');
});

test('the reason is told, and a look is taken only where it can be worth it', () => {
  const [rung] = planJob(source()).renditions;
  if (rung?.kind !== 'video') throw new Error('no rung');
  expect(copyRefusal(source(), rung, coded())).toBeNull();
  expect(copyRefusal(source(), rung, coded({ pictures: pictures.slice(1) }))).toBe('it has not the frames of the others');
  expect(mayBeCopied(source())).toBe(true);
  expect(mayBeCopied(source({ codec: 'vp9' }))).toBe(false);
  expect(mayBeCopied({ ...source(), durationSeconds: 86_400 })).toBe(false);
});
