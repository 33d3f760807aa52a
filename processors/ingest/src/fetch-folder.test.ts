import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFolderSource } from './fetch-folder.ts';

let dir: string;
let root: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'folder-'));
  root = join(dir, 'media');
  await mkdir(join(root, '2026'), { recursive: true });
  await writeFile(join(root, '2026/film.mp4'), 'a film');
  await writeFile(join(root, '.hidden'), 'hidden');
  await writeFile(join(dir, 'secret'), 'a secret');
  await mkdir(join(dir, 'media-of-others'));
  await writeFile(join(dir, 'media-of-others/film.mp4'), 'of others');
});
afterEach(() => rm(dir, { recursive: true }));

async function read(path: string, maxBytes = 1_000): Promise<string> {
  const source = await openFolderSource(root, path, maxBytes);
  try {
    return await text(source.body);
  } finally {
    await source.close();
  }
}

test('a file is read as it lies there', async () => {
  expect(await read('2026/film.mp4')).toBe('a film');
});

test('an empty file is one too', async () => {
  await writeFile(join(root, 'empty.mp4'), '');
  const source = await openFolderSource(root, 'empty.mp4', 10);
  expect([source.sizeBytes, await buffer(source.body)]).toEqual([0, Buffer.alloc(0)]);
  await source.close();
});

test('a link inside of the folder is followed, as long as it stays inside', async () => {
  await symlink('2026/film.mp4', join(root, 'newest.mp4'));
  await symlink(join(root, '2026'), join(root, 'year'));
  expect([await read('newest.mp4'), await read('year/film.mp4')]).toEqual(['a film', 'a film']);
});

test('the folder itself may be a link', async () => {
  await symlink(root, join(dir, 'alias'));
  const source = await openFolderSource(join(dir, 'alias'), '2026/film.mp4', 100);
  expect(await text(source.body)).toBe('a film');
  await source.close();
});

test.each([
  ['up', '../secret'],
  ['up in the middle', '2026/../../secret'],
  ['to the beginning of everything', '/etc/passwd'],
  ['to what is hidden', '.hidden'],
  ['through nothing', '2026//film.mp4'],
  ['through itself', './2026/film.mp4'],
  ['with a backslash', '2026\\film.mp4'],
  ['with a zero byte', '2026/film.mp4\0.txt'],
  ['to the folder itself', '2026'],
  ['nowhere', ''],
])('a path that leads %s is refused', async (_name, path) => {
  await expect(read(path)).rejects.toMatchObject({ code: 'SOURCE_FORBIDDEN' });
});

test.each([
  ['to a file outside', () => symlink(join(dir, 'secret'), join(root, 'out')), 'out'],
  ['to a folder outside', () => symlink(dir, join(root, 'out')), 'out/secret'],
  ['upwards', () => symlink('../../secret', join(root, '2026/out')), '2026/out'],
  ['to a folder whose name begins alike', () => symlink(join(dir, 'media-of-others'), join(root, 'out')), 'out/film.mp4'],
  ['to a device', () => symlink('/dev/zero', join(root, 'out')), 'out'],
  ['to the memory of this process', () => symlink('/proc/self/environ', join(root, 'out')), 'out'],
  ['in a circle', () => symlink('out', join(root, 'out')), 'out'],
])('a link that leads %s is refused', async (_name, link, path) => {
  await link();
  await expect(read(path)).rejects.toMatchObject({ code: 'SOURCE_FORBIDDEN' });
});

test('a pipe is no file, and nobody waits for its other end', async () => {
  execFileSync('mkfifo', [join(root, 'pipe')]);
  await expect(read('pipe')).rejects.toMatchObject({ code: 'SOURCE_FORBIDDEN' });
});

test('what is not there is not found', async () => {
  await expect(read('2026/none.mp4')).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
  await expect(read('2026/film.mp4/none')).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
});

test('what is too large is not begun', async () => {
  await expect(read('2026/film.mp4', 5)).rejects.toMatchObject({ code: 'SOURCE_TOO_LARGE' });
});

test('a file that is still being written is no source', async () => {
  const source = await openFolderSource(root, '2026/film.mp4', 1_000);
  await appendFile(join(root, '2026/film.mp4'), ' that goes on');
  await expect(text(source.body)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  await source.close();
});
