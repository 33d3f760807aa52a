import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cutFile } from './file-part.ts';
import type { Part } from './part-buffer.ts';

let dir: string;
let file: string;
const bytes = randomBytes(25);
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'file-part-'));
  file = join(dir, 'file');
  await writeFile(file, bytes);
});
afterEach(() => rm(dir, { recursive: true }));

async function partsOf(sizeOf: (partNumber: number) => number): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const part of cutFile({ file }, sizeOf)) parts.push(part);
  return parts;
}

test('the parts of a file are read in any order, into buffers that held others', async () => {
  const parts = await partsOf((number) => (number === 1 ? 5 : 8));
  expect(parts.map(({ sizeBytes }) => sizeBytes)).toEqual([5, 8, 8, 4]);
  const buffer = Buffer.alloc(8, 1);
  const read = [];
  for (const part of parts.toReversed()) read.unshift(Buffer.from(await part.moveTo(buffer)));
  expect(Buffer.concat(read)).toEqual(bytes);
});

test('a part of a file that was cut short meanwhile is not sent as if it were whole', async () => {
  const parts = await partsOf(() => 10);
  await truncate(file, 15);
  await expect(parts[1]?.moveTo(Buffer.alloc(10))).rejects.toThrow('shorter');
  await expect(parts[2]?.moveTo(Buffer.alloc(10))).rejects.toThrow('shorter');
});
