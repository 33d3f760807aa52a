import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { probeSource } from './probe.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'probe-failure-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Probes something that begins like an MP4 with a ffprobe that does this. */
async function probeWith(script: string) {
  const ffprobePath = join(dir, 'ffprobe');
  await writeFile(ffprobePath, `#!/bin/sh\n${script}\n`);
  await chmod(ffprobePath, 0o755);
  const path = join(dir, 'source');
  await writeFile(path, Buffer.concat([Buffer.from([0, 0, 0, 16]), Buffer.from('ftypisom'), Buffer.alloc(500)]));
  const media = { ffmpegPath: 'ffmpeg', ffprobePath, packagerPath: 'packager', sandbox: 'none' } as const;
  return probeSource(path, { media, signal: new AbortController().signal });
}

test('what ffprobe cannot read is corrupt', async () => {
  await expect(probeWith("echo 'Invalid data found when processing input' >&2; exit 1")).rejects.toMatchObject({
    code: 'SOURCE_CORRUPT',
  });
});

test.each([
  ['is killed, for want of memory say', 'kill -9 $$'],
  ['is killed inside of the sandbox', 'exit 137'],
  ['cannot be run', 'exit 127'],
  ['gets no sandbox', "echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1"],
])('a probe that %s says nothing about the source', async (_, script) => {
  await expect(probeWith(script)).rejects.toMatchObject({ code: 'ENCODER_FAILED' });
});
