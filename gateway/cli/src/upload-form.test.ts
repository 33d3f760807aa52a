import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildUploadForm } from './upload-form.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'form-'));
});
afterAll(() => rm(dir, { recursive: true }));

test.each([0, 1, 700_000])('a form with a file of %i bytes is read back by another parser as it was meant', async (sizeBytes) => {
  const path = join(dir, 'a "b"\nc ä.mp4');
  const content = Buffer.alloc(sizeBytes, 7);
  await writeFile(path, content);
  const picture = join(dir, 'poster.jpg');
  await writeFile(picture, 'a poster');
  const seen: number[] = [];
  const form = await buildUploadForm({ priority: '10', metadata: '{"t":"ä"}' }, { thumbnail: picture, file: path }, (sentBytes) =>
    seen.push(sentBytes),
  );
  const bytes = await buffer(form.body);
  expect(bytes.length).toBe(form.sizeBytes);
  const parsed = await new Response(bytes, { headers: { 'content-type': form.contentType } }).formData();
  expect([parsed.get('priority'), parsed.get('metadata')]).toEqual(['10', '{"t":"ä"}']);
  const file = parsed.get('file');
  if (!(file instanceof File)) throw new Error('no file');
  expect(Buffer.from(await file.arrayBuffer()).equals(content)).toBe(true);
  expect(file.name).toContain('ä.mp4');
  expect(seen.at(-1)).toBe(sizeBytes + 'a poster'.length);
  const thumbnail = parsed.get('thumbnail');
  expect(thumbnail instanceof File && (await thumbnail.text())).toBe('a poster');
});

test('what is no file is told before anything is sent', async () => {
  await expect(buildUploadForm({}, { file: dir }, () => undefined)).rejects.toThrow('is not a file');
  await expect(buildUploadForm({}, { file: join(dir, 'absent') }, () => undefined)).rejects.toThrow('Cannot read');
});
