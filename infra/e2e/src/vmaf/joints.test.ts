import { expect, test } from 'vitest';
import { jointDifferences, scoresAtBitrate } from './joints.ts';

test('around a joint the pictures of one second either side are compared, and no others', () => {
  const unchunked = Array(20).fill(90);
  const chunked = unchunked.map((score, frame) => (frame === 9 ? score - 4 : frame === 0 ? 0 : score));
  expect(jointDifferences(chunked, unchunked, { joints: [10, 15], windowFrames: 2 })).toEqual([-1, 0]);
});

test('a score between two bitrates lies between their scores, by the logarithm, and goes on beyond them', () => {
  const measured = [
    { kilobitsPerSecond: 400, scores: [92, 80] },
    { kilobitsPerSecond: 100, scores: [90, 70] },
  ];
  expect(scoresAtBitrate(measured, 200)).toEqual([91, 75]);
  expect(scoresAtBitrate(measured, 100)).toEqual([90, 70]);
  expect(scoresAtBitrate(measured, 800)[0]).toBeCloseTo(93);
  expect(scoresAtBitrate(measured, 50)[0]).toBeCloseTo(89);
});
