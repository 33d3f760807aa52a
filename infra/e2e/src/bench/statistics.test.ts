import { expect, test } from 'vitest';
import { spreadOf } from './statistics.ts';

test.each([
  [[3], { median: 3, min: 3, max: 3 }],
  [[10, 2], { median: 6, min: 2, max: 10 }],
  [[9, 1, 5], { median: 5, min: 1, max: 9 }],
])('the spread of %j', (values, spread) => {
  expect(spreadOf(values)).toEqual(spread);
});

test('nothing has no spread', () => {
  expect(() => spreadOf([])).toThrow('no values');
});
