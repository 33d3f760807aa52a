import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openScratch } from './scratch.ts';

let workDir: string;

beforeEach(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'scratch-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(workDir, { recursive: true, force: true });
});

const failWith = (code: string) =>
  vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error(code), { code });
  });

test.each([
  ['gone', 'is removed', 'ESRCH', []],
  ["alive under another user's name", 'stays', 'EPERM', ['4711']],
])('the folder of a process that is %s %s', async (_, __, code, left) => {
  await mkdir(join(workDir, 'probe', '4711'), { recursive: true });
  failWith(code);
  await openScratch(workDir, 'probe');
  expect(await readdir(join(workDir, 'probe'))).toEqual([...left, String(process.pid)].sort());
});
