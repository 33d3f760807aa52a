import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ByteBudget } from './byte-budget.ts';
import { PartBuffer } from './part-buffer.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'parts-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function gather(memoryBytes: number, pieces: Buffer[]) {
  const memory = new ByteBudget(memoryBytes);
  const part = new PartBuffer({ memory, dir });
  for (const piece of pieces) await part.append(piece);
  return { memory, part };
}

const pieces = [randomBytes(30), randomBytes(50), randomBytes(40), randomBytes(1)];

test.each([
  ['finds memory for all of itself', 200],
  ['finds memory for its beginning', 100],
  ['finds no memory', 0],
])('a part that %s is read as it was written, and gives everything back', async (_, memoryBytes) => {
  const { memory, part } = await gather(memoryBytes, pieces);
  expect(part.sizeBytes).toBe(121);
  expect(await part.moveTo(Buffer.alloc(200))).toEqual(Buffer.concat(pieces));
  await part.release();
  await part.release();
  expect(memory.tryTake(memoryBytes)).toBe(true);
  expect(memory.tryTake(1)).toBe(false);
});

test('a part that went to the disk holds no memory, and its file has no name that could stay behind', async () => {
  const { memory, part } = await gather(100, pieces);
  expect(memory.tryTake(100)).toBe(true);
  expect(await readdir(dir)).toEqual([]);
  await part.release();
});
