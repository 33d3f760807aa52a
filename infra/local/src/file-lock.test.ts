import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withFileLock } from './file-lock.ts';
import { identifyProcess } from './process-identity.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'file-lock-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('only one holder at a time, and all get their turn', async () => {
  let holders = 0;
  let most = 0;
  const waits: number[] = [];
  const turn = () =>
    withFileLock(
      join(dir, 'lock'),
      (pid) => waits.push(pid),
      async () => {
        holders += 1;
        most = Math.max(most, holders);
        await new Promise((resolve) => setImmediate(resolve));
        holders -= 1;
      },
    );
  await Promise.all([turn(), turn(), turn()]);
  expect(most).toBe(1);
  expect(waits.every((pid) => pid === process.pid)).toBe(true);
  expect(await readdir(dir)).toEqual([]);
});

test('a lock whose process was killed, or whose pid now belongs to another process, is taken over at once', async () => {
  const self = identifyProcess(process.pid);
  for (const stale of [`999999999 5 token\n`, `${process.pid} ${(self?.startTicks ?? 0) + 1} token\n`, '', 'rubbish']) {
    await writeFile(join(dir, 'lock'), stale);
    const waits: number[] = [];
    expect(
      await withFileLock(
        join(dir, 'lock'),
        (pid) => waits.push(pid),
        async () => 'mine',
      ),
    ).toBe('mine');
    expect(waits).toEqual([]);
  }
});

test('a run that fails gives the lock back', async () => {
  const failing = withFileLock(
    join(dir, 'lock'),
    () => undefined,
    () => Promise.reject(new Error('broken')),
  );
  await expect(failing).rejects.toThrow('broken');
  expect(await readdir(dir)).toEqual([]);
});
