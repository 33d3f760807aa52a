import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectDir } from '../run/step.ts';
import { guardRows, guards } from './guards.ts';

const read = (path: string): string => readFileSync(join(projectDir, path), 'utf8');

test.each(guards)('$name is where the table says, and so is its test', ({ file, edits, test: named }) => {
  for (const [present] of edits) expect(read(file).split(present)).toHaveLength(2);
  // A title of test.each is put together from its rows.
  const isThere = read(named.file).includes(named.title) || read(named.file).includes('test.each');
  expect(isThere).toBe(true);
});

test('the page lists every guard', () => {
  const page = read('docs/guards.md');
  const rows = page.split('\n').filter((line) => line.startsWith('| '));
  expect(rows.slice(2)).toEqual(guardRows());
});
