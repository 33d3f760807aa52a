import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('../testkit/pass-buffers.ts', import.meta.url));

async function countCollections(growth: 'doubling' | 'as it comes'): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    '--max-semi-space-size=1',
    '--max-old-space-size=512',
    program,
    growth,
  ]);
  return (JSON.parse(stdout) as { collections: number }).collections;
}

it('lets buffers pass through without V8 going through the whole heap for every few megabytes', { timeout: 60_000 }, async () => {
  expect(await countCollections('as it comes')).toBeGreaterThan(1);
  expect(await countCollections('doubling')).toBeLessThan(2);
});
