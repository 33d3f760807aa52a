import { expect, test } from 'vitest';
import { processOfInstance } from './supervise.ts';

test('a number after the name makes another instance of the same process', () => {
  expect(processOfInstance('encode')).toBe('encode');
  expect(processOfInstance('encode#2')).toBe('encode');
});

test.each(['', 'encoder', 'encode#', 'encode#x', 'encode#2#3', '../gateway'])('"%s" is no process', (name) => {
  expect(processOfInstance(name)).toBeUndefined();
});
