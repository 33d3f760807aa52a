import { expect, test } from 'vitest';
import { day, moment, pictureSize } from './parse-options.ts';

test('a moment stays as it is, a day begins at midnight UTC', () => {
  expect(moment('2030-01-31T12:00:00+02:00')).toBe('2030-01-31T12:00:00+02:00');
  expect(moment('2030-01-31')).toBe('2030-01-31T00:00:00Z');
});

test.each(['2030-01-31T12:00:00', '2030-13-01', 'tomorrow', '2030-01-31T25:00:00Z'])('%s is no moment', (text) => {
  expect(() => moment(text)).toThrow('must be a moment');
});

test('days and sizes are what they say', () => {
  expect(day('2030-01-31')).toBe('2030-01-31');
  expect(() => day('2030-01-31T00:00:00Z')).toThrow('must be a day');
  expect(pictureSize('1920x1080')).toEqual({ width: 1920, height: 1080 });
  expect(() => pictureSize('1080p')).toThrow('1920x1080');
});
