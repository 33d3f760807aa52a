import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainSource } from '../testkit/index.ts';
import { videoCodecs } from './codecs.ts';
import { countFrames, outputFrameRate, planFrameGrid, secondsOfFrames } from './frame-grid.ts';
import type { JobPlan } from './plan.ts';
import { isOptional, planJob, planTasks } from './plan-job.ts';
import { type ProfileDocument, profileSchema } from './profile.ts';
import type { Rational } from './source.ts';

const track = { layout: null, title: null, isDefault: false };
const source = plainSource({
  video: { frameRate: { numerator: 30000, denominator: 1001 } },
  audio: [
    { ...track, index: 0, codec: 'ac3', channels: 6, sampleRate: 44_100, language: 'deu' },
    { ...track, index: 1, codec: 'aac', channels: 2, sampleRate: 48_000, language: null },
  ],
});

const under = (document: ProfileDocument) => ({ name: 'own', version: 1, profile: profileSchema.parse(document) });
const subtitles = {
  index: 0,
  codec: 'subrip',
  format: 'text',
  language: 'eng',
  title: null,
  isDefault: false,
  isForced: false,
  forHearingImpaired: false,
} as const;

const rate = (numerator: number, denominator = 1): Rational => ({ numerator, denominator });

describe('a plan', () => {
  it('has segments of 6.006 s for a source of 29.97 frames a second', () => {
    expect(planJob(source).segmentSeconds).toBe(6.006);
  });

  it('has every track of sound and subtitles, and five pictures that are not larger than the source', () => {
    const { renditions } = planJob({ ...source, text: [subtitles] });
    expect(renditions.slice(4).map(({ name }) => name)).toEqual(['audio-deu', 'audio-deu-5.1', 'audio', 'text-eng', 'images']);
    expect(renditions[4]).toEqual({
      kind: 'audio',
      name: 'audio-deu',
      sourceIndex: 0,
      language: 'deu',
      title: null,
      isDefault: true,
      channels: 2,
      sampleRate: 48_000,
      bitrateKbps: 128,
      loudnessLufs: null,
    });
    expect(renditions.at(-1)).toEqual({
      kind: 'images',
      name: 'images',
      positions: [0, 0.25, 0.5, 0.75, 1],
      width: 640,
      height: 360,
    });
  });

  it('becomes one task for each rendition of sound, one for all subtitles and one for all video renditions; stills need none', () => {
    const tasks = planTasks(planJob({ ...source, text: [subtitles, { ...subtitles, index: 1 }] }));
    expect(tasks.map(({ name }) => name)).toEqual(['audio-deu', 'audio-deu-5.1', 'audio', 'text', 'video-0']);
    expect(tasks.at(-2)?.spec).toMatchObject({ renditions: [{ name: 'text-eng' }, { name: 'text-eng-2' }] });
    expect(tasks.at(-1)?.spec).toMatchObject({
      chunk: { index: 0, count: 1, startFrame: 0, frameCount: null },
      renditions: [{ name: '720p' }, { name: '480p' }, { name: '360p' }, { name: '240p' }],
    });
  });

  it('gives the largest rung a task of its own where twice as many slots as chunks are left by the other tasks', () => {
    const short = planJob({ ...source, durationSeconds: 10 });
    const rungsFor = (idleSlots: number): string[][] =>
      planTasks(short, { idleSlots }).flatMap(({ spec }) =>
        spec.kind === 'video' ? [spec.renditions.map(({ name }) => name)] : [],
      );
    // Three for the sound.
    expect(rungsFor(4)).toEqual([['720p', '480p', '360p', '240p']]);
    expect(rungsFor(5)).toEqual([['720p'], ['480p', '360p', '240p']]);
  });

  it('has tasks of its own for each codec, which ask for its encoder, and for what the job can do without', () => {
    const plan = planJob(
      source,
      under({
        rungs: [
          { shortSide: 720, ceilingKbps: 2800 },
          { shortSide: 480, ceilingKbps: 1400, required: false },
        ],
        codecs: [{ codec: 'h264' }, { codec: 'hevc', required: false }],
      }),
    );
    const video = planTasks(plan).filter(({ spec }) => spec.kind === 'video');
    const told = video.map(({ name, spec, requires }) => [
      ...[name, isOptional(spec), requires],
      spec.kind === 'video' && spec.renditions.map((rendition) => rendition.name),
    ]);
    expect(told).toEqual([
      ['video-hevc-optional-0', true, ['encoder:libx265'], ['720p-hevc', '480p-hevc']],
      ['video-0', false, [], ['720p']],
      ['video-optional-0', true, [], ['480p']],
    ]);
  });

  it('is encoded by a device where the profile wants one and a worker has it, all chunks of a rendition alike', () => {
    const codecs = [
      { codec: 'h264' as const, hardware: true },
      { codec: 'hevc' as const, bitDepth: 10 as const, hardware: true },
    ];
    const document = { rungs: [{ shortSide: 720, ceilingKbps: 2800 }], codecs };
    const capabilities = ['encoder:h264_vaapi', 'encoder:h264_nvenc', 'encoder:hevc_nvenc', 'encoder:libx265'];
    const needsOf = (plan: JobPlan): [string, string[]][] =>
      planTasks(plan)
        .flatMap(({ name, requires, spec }): [string, string[]][] => (spec.kind === 'video' ? [[name, requires]] : []))
        .toSorted(([a], [b]) => (a < b ? -1 : 1));
    const long = { ...source, durationSeconds: 60 };
    expect(needsOf(planJob(long, under(document), null, capabilities))).toEqual([
      ['video-0', ['encoder:h264_nvenc']],
      ['video-1', ['encoder:h264_nvenc']],
      // Devices differ in what they make of ten bits.
      ['video-hevc-0', ['encoder:libx265']],
      ['video-hevc-1', ['encoder:libx265']],
    ]);
    expect(needsOf(planJob(long, under(document))).slice(0, 2)).toEqual([
      ['video-0', []],
      ['video-1', []],
    ]);
    const untold = { ...document, codecs: [{ codec: 'h264' as const }] };
    expect(needsOf(planJob(long, under(untold), null, capabilities))[0]).toEqual(['video-0', []]);
  });

  it('names every task once and every rendition in exactly one task of each chunk', () => {
    const anyProfile = fc.record({
      codecs: fc.uniqueArray(fc.record({ codec: fc.constantFrom(...videoCodecs), required: fc.boolean() }), {
        minLength: 1,
        selector: ({ codec }) => codec,
      }),
      rungs: fc
        .uniqueArray(fc.integer({ min: 32, max: 1080 }), { minLength: 1, maxLength: 8 })
        .chain((sides) =>
          fc.tuple(
            ...sides.map((side) =>
              fc.record({ shortSide: fc.constant(2 * side), ceilingKbps: fc.constant(50 + side), required: fc.boolean() }),
            ),
          ),
        ),
      nativeTop: fc.boolean(),
    });
    fc.assert(
      fc.property(
        anyProfile,
        fc.integer({ min: 64, max: 2200 }),
        fc.double({ min: 1, max: 300, noNaN: true }),
        fc.nat(60),
        (document, height, durationSeconds, idleSlots) => {
          const plan = planJob(plainSource({ durationSeconds, video: { width: 2 * height, height } }), under(document));
          const renditions = plan.renditions.filter(({ kind }) => kind === 'video');
          const tasks = planTasks(plan, { idleSlots });
          expect(new Set(tasks.map(({ name }) => name)).size).toBe(tasks.length);
          expect(new Set(renditions.map(({ name }) => name)).size).toBe(renditions.length);
          expect(renditions.some((rendition) => rendition.kind === 'video' && rendition.required)).toBe(true);
          const firstChunks = tasks.flatMap(({ spec }) =>
            spec.kind === 'video' && spec.chunk.index === 0 ? spec.renditions : [],
          );
          expect(firstChunks.map(({ name }) => name).toSorted()).toEqual(renditions.map(({ name }) => name).toSorted());
          for (const { spec } of tasks)
            if (spec.kind === 'video') {
              expect(new Set(spec.renditions.map(({ codec }) => codec)).size).toBe(1);
              expect(new Set(spec.renditions.map(({ required }) => required)).size).toBe(1);
            }
        },
      ),
    );
  });

  it('begins with what one core does alone, and then with what takes longest', () => {
    const profile = under({ rungs: [{ shortSide: 720, ceilingKbps: 2800 }], codecs: [{ codec: 'h264' }, { codec: 'av1' }] });
    const tasks = planTasks(planJob({ ...source, text: [subtitles], durationSeconds: 60 }, profile));
    expect(tasks.map(({ name }) => name)).toEqual([
      ...['audio-deu', 'audio-deu-5.1', 'audio', 'text'],
      ...['video-av1-0', 'video-av1-1', 'video-0', 'video-1'],
    ]);
  });

  it('keeps the profile it was made with', () => {
    expect(planJob(source).profile).toMatchObject({ name: 'default', version: 0 });
    const own = under({ segmentSeconds: 4 });
    expect(planJob(source, own)).toMatchObject({ profile: own, segmentSeconds: 4.004 });
  });

  it('of sound alone has segments of six seconds and no pictures', () => {
    const plan = planJob({ ...source, video: null });
    expect(plan.segmentSeconds).toBe(6);
    expect(planTasks(plan).map(({ name }) => name)).toEqual(['audio-deu', 'audio-deu-5.1', 'audio']);
  });

  it('of a silent source has no audio task', () => {
    expect(planTasks(planJob({ ...source, audio: [] })).map(({ name }) => name)).toEqual(['video-0']);
  });
});

describe('the frame grid', () => {
  it('divides rates above 60 and multiplies rates below 5 by whole numbers', () => {
    expect(outputFrameRate({ frameRate: rate(120), variableFrameRate: false })).toEqual(rate(120, 2));
    expect(outputFrameRate({ frameRate: rate(240), variableFrameRate: false })).toEqual(rate(240, 4));
    expect(outputFrameRate({ frameRate: rate(1, 2), variableFrameRate: false })).toEqual(rate(10, 2));
    expect(outputFrameRate({ frameRate: rate(60000, 1001), variableFrameRate: false })).toEqual(rate(60000, 1001));
  });

  it('gives a variable rate the standard rate it means, else the next above', () => {
    expect(outputFrameRate({ frameRate: rate(29_931, 1000), variableFrameRate: true })).toEqual(rate(30000, 1001));
    expect(outputFrameRate({ frameRate: rate(24), variableFrameRate: true })).toEqual(rate(24));
    expect(outputFrameRate({ frameRate: rate(26_500, 1000), variableFrameRate: true })).toEqual(rate(30000, 1001));
    expect(outputFrameRate({ frameRate: rate(3), variableFrameRate: true })).toEqual(rate(10));
    expect(outputFrameRate({ frameRate: rate(300), variableFrameRate: true })).toEqual(rate(60));
  });

  it('counts frames and seconds as each other', () => {
    const { frameRate } = planFrameGrid(source.video, source.durationSeconds);
    expect(secondsOfFrames(180, frameRate)).toBe(6.006);
    expect(countFrames(6.006, frameRate)).toBe(180);
    expect(countFrames(0, frameRate)).toBe(1);
  });
});
