import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startVitest } from 'vitest/node';
import { projectDir } from './step.ts';
import { readReport } from './vitest-report.ts';

let dir: string;

/** Below the project, where the files find vitest. */
beforeAll(async () => {
  await mkdir(join(projectDir, '.local'), { recursive: true });
  dir = await mkdtemp(join(projectDir, '.local/vitest-report-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test('the report of a run says what failed and why, and of a file that cannot be read too', async () => {
  const files = {
    'sums.test.ts': `import { expect, test } from 'vitest';
      test('one and one', () => expect(1 + 1).toBe(2));
      test('two and two', () => expect(2 + 2, 'a sum').toBe(5));`,
    'broken.test.ts': `throw new Error('no server answers');`,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  const report = join(dir, 'report.json');
  const options = { root: dir, run: true, watch: false, reporters: ['json' as const], outputFile: report };
  const exitCode = process.exitCode;
  const vitest = await startVitest('test', [], options);
  await vitest.close();
  process.exitCode = exitCode;
  const { passed, failed, failures } = readReport(report, (path) => basename(path));
  expect([passed, failed]).toEqual([1, 1]);
  expect(failures.toSorted((one, other) => one.test.localeCompare(other.test))).toEqual([
    { test: 'broken.test.ts: set-up', reason: 'no server answers' },
    { test: 'sums.test.ts: two and two', reason: 'AssertionError: a sum: expected 4 to be 5 // Object.is equality' },
  ]);
});

test('where a run came to no report, nothing is counted', () => {
  expect(readReport(join(dir, 'missing.json'), basename)).toEqual({ passed: 0, failed: 0, failures: [] });
});
