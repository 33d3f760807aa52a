import { expect, test } from 'vitest';
import { plainSource } from '../testkit/index.ts';
import { narrowestLimits, refusalOfSource, type SourceLimits } from './limits.ts';

const limits: SourceLimits = {
  minLongSide: 640,
  minShortSide: 360,
  minSeconds: 1,
  maxSeconds: 86_400,
  maxBytes: 5_000,
  maxPixels: 4_000_000,
};

const picture = (width: number, height: number) => plainSource({ video: { width, height } });

test.each([
  ['of the least size', picture(640, 360), undefined],
  ['of the least size, turned', picture(360, 640), undefined],
  ['that is square and high enough', picture(640, 640), undefined],
  ['that is too low', picture(1280, 358), 'SOURCE_TOO_SMALL'],
  ['that is too narrow', picture(480, 480), 'SOURCE_TOO_SMALL'],
  ['with too many pixels', picture(4000, 2000), 'SOURCE_TOO_LARGE'],
  ['of exactly a second', plainSource({ durationSeconds: 1 }), undefined],
  ['of less than a second', plainSource({ durationSeconds: 0.96 }), 'SOURCE_TOO_SHORT'],
  ['of a day', plainSource({ durationSeconds: 86_400 }), undefined],
  ['of more than a day', plainSource({ durationSeconds: 86_400.1 }), 'SOURCE_TOO_LONG'],
  ['of too many bytes', plainSource({ sizeBytes: 5_001 }), 'SOURCE_TOO_LARGE'],
  ['of no bytes', plainSource({ sizeBytes: 0 }), 'SOURCE_EMPTY'],
  ['without pictures', { ...plainSource(), video: null }, undefined],
  ['without pictures, too short', { ...plainSource({ durationSeconds: 0.5 }), video: null }, 'SOURCE_TOO_SHORT'],
])('a source %s', (_, source, code) => {
  expect(refusalOfSource(source, limits)?.code).toBe(code);
});

test('a profile narrows the limits of the installation and never widens them', () => {
  const own = { minLongSide: 1280, minSeconds: 0, maxSeconds: 60, maxBytes: 1e12, maxPixels: undefined };
  expect(narrowestLimits(limits, own)).toEqual({ ...limits, minLongSide: 1280, maxSeconds: 60 });
});
