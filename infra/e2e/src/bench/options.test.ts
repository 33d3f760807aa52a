import { expect, test } from 'vitest';
import { readOptions } from './options.ts';

test('without arguments it is five rounds over a minute', () => {
  expect(readOptions([], '/home')).toMatchObject({ seconds: 60, rounds: 5, file: undefined, json: false, write: false });
});

test('a file is looked for where the command was typed', () => {
  expect(readOptions(['--file', 'a.mp4'], '/home/me')).toMatchObject({ file: '/home/me/a.mp4' });
});

test.each([
  ['--seconds', '0'],
  ['--seconds', 'x'],
  ['--rounds', '1.5'],
  ['--rounds', '0'],
  ['--round', '1'],
])('%s %s is refused', (...args) => {
  expect(() => readOptions(args, '/')).toThrow(args[0]);
});
