import { describe, expect, it } from 'vitest';
import { corpus } from './index.ts';
import { soundFaults, videoFaults } from './judge.ts';
import type { SeenPicture, SeenSound, SeenVideo } from './read-media.ts';
import { everySecond, rate, whole } from './recipe.ts';

const expected = { video: whole({ frameRate: rate(25), seconds: 4 }), clicks: everySecond(4) };

const showing = (numbers: readonly (number | null)[]): SeenPicture[] =>
  numbers.map((number, index) => ({
    number,
    white: 235,
    black: 16,
    saturation: 0,
    seconds: index / 25,
    isKeyframe: index % 50 === 0,
  }));
const inOrder = Array.from({ length: 100 }, (_, index) => index);

const seen = (changes: Partial<SeenVideo> = {}): SeenVideo => ({
  ...{ width: 640, height: 360, sampleAspect: '1:1', isTurned: false, pixelFormat: 'yuv420p' },
  colour: { range: 'tv', primaries: 'bt709', transfer: 'bt709', matrix: 'bt709' },
  pictures: showing(inOrder),
  ...changes,
});
const heard = (shift: (second: number) => number): SeenSound => ({
  channels: 2,
  seconds: 4,
  clicks: everySecond(4).map((second) => ({ second, atSeconds: second + shift(second) })),
});

describe('the judge', () => {
  it('finds nothing in what is right', () => {
    expect(videoFaults(expected.video, seen())).toEqual([]);
    expect(
      soundFaults(
        expected,
        heard(() => 0.002),
        showing(inOrder),
      ),
    ).toEqual([]);
  });

  it.each<[string, Partial<SeenVideo>]>([
    ['one picture repeated and the last lost', { pictures: showing([0, ...inOrder.slice(0, 99)]) }],
    ['two pictures exchanged', { pictures: showing([1, 0, ...inOrder.slice(2)]) }],
    ['a mixture of two', { pictures: showing([null, ...inOrder.slice(1)]) }],
    ['one too few', { pictures: showing(inOrder.slice(1)) }],
    ['another shape', { width: 480 }],
    ['a larger size', { width: 1280, height: 720 }],
    ['unsquare samples', { sampleAspect: '1280:1281' }],
    ['a player told to turn it', { isTurned: true }],
    ['ten bits', { pixelFormat: 'yuv420p10le' }],
    ['no tag of its matrix', { colour: { ...seen().colour, matrix: null } }],
  ])('finds %s', (_, changes) => {
    expect(videoFaults(expected.video, seen(changes))).not.toEqual([]);
  });

  it('finds sound that is more than a frame off at the begin or at the end', () => {
    const late = heard(() => 0.045);
    const drifting = heard((second) => second * 0.015);
    for (const sound of [late, drifting, null]) expect(soundFaults(expected, sound, showing(inOrder))).not.toEqual([]);
  });
});

it('the corpus names each of its at least forty entries once', () => {
  const names = new Set(corpus.map(({ name }) => name));
  expect(names.size).toBe(corpus.length);
  expect(names.size).toBeGreaterThanOrEqual(40);
});
