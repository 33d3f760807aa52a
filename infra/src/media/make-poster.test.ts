import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { jpegSize } from './jpeg-size.ts';
import { makePoster } from './make-poster.ts';
import { neverAborted, testMedia } from './testkit/test-media.ts';

const base = mkdtempSync(join(tmpdir(), 'poster-'));
afterAll(() => rm(base, { recursive: true, force: true }));

const dirOf = async (name: string): Promise<string> => {
  const dir = join(base, name.replaceAll(/\W+/g, '-'));
  await mkdir(dir, { recursive: true });
  return dir;
};

/** A picture under a neutral name, as it comes from the store. */
async function picture(name: string, size: string, ...codec: string[]): Promise<string> {
  const path = join(await dirOf(name), 'input');
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `testsrc=s=${size}`, '-frames:v', '1', ...codec, path]);
  return path;
}

const jpeg = ['-c:v', 'mjpeg', '-f', 'image2pipe'];
const png = ['-c:v', 'png', '-f', 'image2pipe'];

const make = async (input: string) =>
  makePoster({ input, outputDir: await dirOf(`${input.slice(base.length)}-made`), media: testMedia, signal: neverAborted });

test.each([
  ['a JPEG', '640x360', jpeg, [640, 360]],
  ['a PNG', '641x361', png, [641, 361]],
  ['a large picture', '4000x1000', png, [1920, 480]],
  ['a tall picture', '500x4000', jpeg, [240, 1920]],
] as [string, string, string[], number[]][])(
  '%s becomes an ordinary JPEG that is no larger than a screen',
  async (name, size, codec, [width, height]) => {
    const poster = await make(await picture(name, size, ...codec));
    expect([poster.width, poster.height]).toEqual([width, height]);
    expect(jpegSize(await readFile(poster.path))).toEqual({ width, height });
  },
);

test('what a picture carries beside its pixels stays behind', async () => {
  const plain = await readFile(await picture('commented', '320x180', ...jpeg));
  const path = join(await dirOf('secret'), 'input');
  const comment = Buffer.from('\xff\xfe\0\x10where I live.', 'latin1');
  await writeFile(path, Buffer.concat([plain.subarray(0, 2), comment, plain.subarray(2)]));
  const made = await readFile((await make(path)).path);
  expect(made.includes('where I live')).toBe(false);
});

test.each<[string, (picture: Buffer) => Buffer]>([
  ['cut off', (whole) => whole.subarray(0, whole.length / 2)],
  ['only its beginning', (whole) => whole.subarray(0, 30)],
  ['a playlist', () => Buffer.from('#EXTM3U\n#EXTINF:1,\n/etc/passwd\n')],
  ['a vector graphic', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>')],
  ['a video', () => Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isomiso2', 'latin1')],
  ['empty', () => Buffer.alloc(0)],
])('a thumbnail that is %s is refused as what it is', async (name, spoil) => {
  const path = join(await dirOf(name), 'input');
  await writeFile(path, spoil(await readFile(await picture(`good ${name}`, '640x360', ...png))));
  await expect(make(path)).rejects.toMatchObject({ code: 'THUMBNAIL_UNUSABLE', class: 'input' });
});

test('a picture that claims to be larger than memory is refused', async () => {
  const small = await readFile(await picture('bomb-seed', '64x64', ...png));
  const claimed = Buffer.from(small);
  claimed.writeUInt32BE(100_000, 16);
  claimed.writeUInt32BE(100_000, 20);
  const path = join(await dirOf('bomb'), 'input');
  await writeFile(path, claimed);
  await expect(make(path)).rejects.toMatchObject({ code: 'THUMBNAIL_UNUSABLE' });
});
