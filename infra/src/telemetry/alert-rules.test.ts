import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const repository = join(import.meta.dirname, '../../..');
const read = (pattern: string): string[] =>
  globSync(pattern, { cwd: repository, exclude: (name) => String(name).endsWith('node_modules') }).map((path) =>
    readFileSync(join(repository, path), 'utf8'),
  );
const namesIn = (texts: string[]): Set<string> => new Set(texts.flatMap((text) => text.match(/\bstreamflix_[a-z_]+/g) ?? []));

test('alerts are about metrics that a process makes and the page for operators explains', () => {
  const alerted = [...namesIn(read('infra/observability/rules/*.yml'))];
  const made = namesIn(read('{infra/src,processors/*/src,gateway/api/src}/**/!(*.test).ts'));
  const explained = namesIn(read('docs/operate.md'));
  expect(alerted.length).toBeGreaterThan(4);
  expect(alerted.filter((name) => !made.has(name) || !explained.has(name))).toEqual([]);
});
