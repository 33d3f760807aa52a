import { expect, test } from 'vitest';
import { day, moment } from './parse-options.ts';

test('a moment stays as it is, a day begins at midnight UTC', () => {
  expect(moment('2030-01-31T12:00:00+02:00')).toBe('2030-01-31T12:00:00+02:00');
  expect(moment('2030-01-31')).toBe('2030-01-31T00:00:00Z');
});

test.each(['2030-01-31T12:00:00', '2030-13-01', 'tomorrow', '2030-01-31T25:00:00Z'])('%s is no moment', (text) => {
  expect(() => moment(text)).toThrow('must be a moment');
});

test('a day is no moment', () => {
  expect(day('2030-01-31')).toBe('2030-01-31');
  expect(() => day('2030-01-31T00:00:00Z')).toThrow('must be a day');
});
