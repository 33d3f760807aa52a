import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Explanation } from '@streamflix/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { streamflix } from '../support/cli.ts';
import { sampleClip } from '../support/clips.ts';
import { call } from '../support/gateway-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

let platform: RunningPlatform;

beforeAll(async () => {
  platform = await startPlatform('cli', { names: ['ingest', 'probe', 'encode', 'package', 'sweep', 'gateway'] });
});
afterAll(() => platform.stop());

test('submit --wait --json ends with the completed job on stdout and exit code 0; job shows it', async () => {
  const { status, stdout } = await streamflix(['submit', await sampleClip('tiny'), '--wait', '--json']);
  const job = JSON.parse(stdout);
  expect([status, job.state]).toEqual([0, 'completed']);
  expect((await fetch(job.outputs.hlsManifestUrl)).status).toBe(200);
  const shown = await streamflix(['job', job.id]);
  expect([shown.status, shown.stdout.includes(job.id)]).toEqual([0, true]);
  expect((await streamflix(['jobs', '--state', 'completed'])).stdout).toContain(job.id);
});

test('explain names the ladder and the commands that made it, and no place on a disk', async () => {
  const { stdout } = await streamflix(['submit', await sampleClip('tiny'), '--wait', '--json']);
  const explained = await streamflix(['explain', JSON.parse(stdout).id, '--json']);
  const { reasons, ladder, commands, traceId } = JSON.parse(explained.stdout) as Explanation;
  expect([explained.status, reasons.map(({ code }) => code)]).toEqual([0, ['completed']]);
  expect(ladder.filter(({ status }) => status === 'done').length).toBeGreaterThan(0);
  expect(new Set(commands.map(({ program, exit }) => `${program} ${exit}`))).toEqual(
    new Set(['ffprobe 0', 'ffmpeg 0', 'packager 0']),
  );
  const words = commands.flatMap(({ args }) => args);
  expect(words).toContain('<source>');
  expect(words.filter((word) => /(^|[=:])\//.test(word))).toEqual([]);
  expect(traceId).toMatch(/^[0-9a-f]{32}$/);
});

test('a file that is no video is exit code 1, with the reason', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'streamflix-cli-')), 'notes.mp4');
  writeFileSync(path, 'Buy milk.\n'.repeat(500));
  const { status, stdout } = await streamflix(['submit', path, '--wait', '--json']);
  expect([status, JSON.parse(stdout).error.code]).toEqual([1, 'SOURCE_UNSUPPORTED']);
});

test('a job cancelled while somebody waits for it is exit code 1 for them', async () => {
  const videoId = newVideoId('cli-cancelled');
  const waiting = streamflix(['submit', await sampleClip('long'), '--wait', '--json', '--video-id', videoId]);
  const id = await waitFor('the job', async () => {
    const { body } = await call('GET', '/jobs?limit=10');
    return (body.items as { id: string; videoId: string }[]).find((job) => job.videoId === videoId)?.id;
  });
  expect((await streamflix(['cancel', id])).status).toBe(0);
  const { status, stdout } = await waiting;
  expect([status, JSON.parse(stdout).state]).toEqual([1, 'cancelled']);
});

test('a wrong key is exit code 3, in a sentence', async () => {
  const { status, stderr } = await streamflix(['jobs'], { API_KEY: 'not-the-key-of-this-place' });
  expect([status, stderr]).toEqual([3, expect.stringContaining('UNAUTHENTICATED')]);
});
