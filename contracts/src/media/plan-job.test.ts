import { describe, expect, it } from 'vitest';
import { plainSource } from '../testkit/index.ts';
import { countFrames, outputFrameRate, planFrameGrid, secondsOfFrames } from './frame-grid.ts';
import { planJob, planTasks } from './plan-job.ts';
import type { Rational } from './source.ts';

const track = { layout: null, title: null, isDefault: false };
const source = plainSource({
  video: { frameRate: { numerator: 30000, denominator: 1001 } },
  audio: [
    { ...track, index: 0, codec: 'ac3', channels: 6, sampleRate: 44_100, language: 'deu' },
    { ...track, index: 1, codec: 'aac', channels: 2, sampleRate: 48_000, language: null },
  ],
});

const rate = (numerator: number, denominator = 1): Rational => ({ numerator, denominator });

describe('a plan', () => {
  it('has segments of 6.006 s for a source of 29.97 frames a second', () => {
    expect(planJob(source).segmentSeconds).toBe(6.006);
  });

  it('has the first audio track as stereo and five pictures that are not larger than the source', () => {
    const [audio, images] = planJob(source).renditions.slice(2);
    expect(audio).toEqual({
      kind: 'audio',
      name: 'audio',
      sourceIndex: 0,
      language: 'deu',
      channels: 2,
      sampleRate: 48_000,
      bitrateKbps: 128,
    });
    expect(images).toEqual({ kind: 'images', name: 'images', positions: [0, 0.25, 0.5, 0.75, 1], width: 640, height: 360 });
  });

  it('becomes one task for all video renditions, one for the sound and one for the pictures', () => {
    const tasks = planTasks(planJob(source), { idleSlots: 0 });
    expect(tasks.map(({ kind }) => kind)).toEqual(['video', 'audio', 'images']);
    expect(tasks[0]).toMatchObject({
      chunk: { index: 0, count: 1, startFrame: 0, frameCount: null },
      renditions: [{ name: '720p' }, { name: '480p' }],
    });
  });

  it('gives the largest rung a task of its own where twice as many slots as chunks are left by the other tasks', () => {
    const short = planJob({ ...source, durationSeconds: 10 });
    const rungsFor = (idleSlots: number): string[][] =>
      planTasks(short, { idleSlots }).flatMap((spec) => (spec.kind === 'video' ? [spec.renditions.map(({ name }) => name)] : []));
    // One for the sound, one for the pictures.
    expect(rungsFor(3)).toEqual([['720p', '480p']]);
    expect(rungsFor(4)).toEqual([['720p'], ['480p']]);
  });

  it('of sound alone has segments of six seconds and no pictures', () => {
    const plan = planJob({ ...source, video: null });
    expect(plan.segmentSeconds).toBe(6);
    expect(planTasks(plan, { idleSlots: 0 }).map(({ kind }) => kind)).toEqual(['audio']);
  });

  it('of a silent source has no audio task', () => {
    expect(planTasks(planJob({ ...source, audio: [] }), { idleSlots: 0 }).map(({ kind }) => kind)).toEqual(['video', 'images']);
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
    const { frameRate } = planFrameGrid(source.video);
    expect(secondsOfFrames(180, frameRate)).toBe(6.006);
    expect(countFrames(6.006, frameRate)).toBe(180);
    expect(countFrames(0, frameRate)).toBe(1);
  });
});
