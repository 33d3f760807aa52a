import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ErrorClass, type ErrorCode, errorCatalogue } from './catalogue.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/errors.md'), 'utf8');

/** What the page calls each class's answer to "is it tried again?". */
const retriedWords: Record<ErrorClass, string> = {
  input: 'never',
  transient: 'yes',
  dependency: 'waits',
  control: 'not a failure',
  bug: 'never',
};

/** The rows that begin with a code: code, class, status, retried, message, what to do. */
const rows = page
  .split('\n')
  .filter((line) => /^\| `[A-Z_]+` \|/.test(line))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()));

const rowsOf = (code: string): string[][] => rows.filter(([cell]) => cell === `\`${code}\``);

test.each(Object.keys(errorCatalogue) as ErrorCode[])(
  'the page has one row for %s, and it says what the catalogue says',
  (code) => {
    const { class: errorClass, status, message } = errorCatalogue[code];
    const found = rowsOf(code);
    expect(found).toHaveLength(1);
    expect(found[0]?.slice(1, 5)).toEqual([errorClass, String(status), retriedWords[errorClass], message]);
  },
);

test('the page names no code that the catalogue does not have', () => {
  expect(rows.map(([cell]) => cell).sort()).toEqual(
    Object.keys(errorCatalogue)
      .map((code) => `\`${code}\``)
      .sort(),
  );
});

test('the page says for every code what to do', () => {
  expect(rows.filter((row) => row.length !== 6 || (row[5]?.length ?? 0) < 10)).toEqual([]);
});

test('the page explains every class', () => {
  for (const errorClass of Object.keys(retriedWords)) expect(page).toContain(`| \`${errorClass}\` |`);
});
