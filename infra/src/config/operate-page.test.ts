import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { environmentSchema } from './config.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/operate.md'), 'utf8');
const { shape } = environmentSchema;
const names = Object.keys(shape) as (keyof typeof shape)[];

/** The rows of the table of settings: name, default, meaning. */
const rows = new Map(
  [...page.matchAll(/^\| `([A-Z][A-Z0-9_]+)` \| (.+?) \| (.+) \|$/gm)].map(([, name = '', fallback, meaning]) => [
    name,
    { fallback, meaning },
  ]),
);

/** How the page writes what holds when nothing is set. */
function fallbackOf(name: keyof typeof shape): string {
  const { success, data } = shape[name].safeParse(undefined);
  if (!success) return 'required';
  return data === undefined ? '–' : `\`${data}\``;
}

test.each(names)('the page for operators tells %s with its default and what it means', (name) => {
  expect(rows.get(name)?.fallback).toBe(fallbackOf(name));
  expect(rows.get(name)?.meaning?.length).toBeGreaterThan(5);
});

test('the page names no setting that no process reads', () => {
  expect([...rows.keys()].filter((name) => !(name in shape))).toEqual([]);
});
