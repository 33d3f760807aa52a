import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findUnstorable } from './refuse-unstorable.ts';

test.each([
  [{ a: 'x\0' }, ['a']],
  [{ 'x\0': 1 }, []],
  [{ a: [{ b: '\ud800' }] }, ['a', '0', 'b']],
  ['\0', []],
])('%j is found', (value, path) => {
  expect(findUnstorable(value)).toEqual(path);
});

test('of other text there is nothing to find, however deep it lies', () => {
  const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));
  fc.assert(fc.property(fc.dictionary(text, fc.array(text)), (value) => void expect(findUnstorable(value)).toBeNull()));
});
