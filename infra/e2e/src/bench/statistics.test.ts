import { expect, test } from 'vitest';
import { medianByName, spreadOf } from './statistics.ts';

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

test('medians name by name: what a row lacks was nothing there', () => {
  expect(medianByName([{ a: 1, b: 5 }, { a: 3 }, { a: 2 }])).toEqual({ a: 2, b: 0 });
});
