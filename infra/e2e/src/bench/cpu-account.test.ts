import { expect, test } from 'vitest';
import { descendantsOf, parentIn } from './cpu-account.ts';

test('the parent is read behind a name that tries to look like fields', () => {
  expect(parentIn('42 (a) R 7 (b)) S 17 42 42 0 -1')).toBe(17);
});

test('a tree holds its roots and all their descendants, and nobody else', () => {
  const parents = new Map([
    [5, 4],
    [4, 2],
    [2, 1],
    [3, 1],
  ]);
  expect(descendantsOf(parents, [2]).toSorted()).toEqual([2, 4, 5]);
});
