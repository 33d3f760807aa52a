import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleClip } from '../support/clips.ts';
import { selectRows } from '../support/database.ts';
import { OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId, uploadSource } from '../support/store.ts';

let platform: RunningPlatform;
let outcomes: OutcomeReader;
const dir = mkdtempSync(join(tmpdir(), 'streamflix-bad-'));

beforeAll(async () => {
  outcomes = new OutcomeReader();
  platform = await startPlatform('bad-input', {
    names: ['ingest', 'probe', 'encode', 'package', 'sweep'],
    // Nothing here ends by a lease that runs out, and a machine that stands still for seconds loses one.
    env: { LEASE_SECONDS: '60' },
  });
});
afterAll(async () => {
  outcomes.close();
  await platform.stop();
});

function writeBad(name: string, bytes: Uint8Array | string): string {
  const path = join(dir, name);
  writeFileSync(path, bytes);
  return path;
}

async function truncated(): Promise<string> {
  const whole = readFileSync(await sampleClip('tiny'));
  return writeBad('truncated.mp4', whole.subarray(0, Math.floor(whole.length * 0.6)));
}

const badSources: [string, () => Promise<string>, string[]][] = [
  ['a text file named .mp4', async () => writeBad('text.mp4', 'I am no video.\n'.repeat(1000)), ['SOURCE_UNSUPPORTED']],
  ['an empty file', async () => writeBad('empty.mp4', ''), ['SOURCE_EMPTY']],
  ['a truncated file', truncated, ['SOURCE_TRUNCATED', 'SOURCE_CORRUPT']],
  ['a picture of 320x180', () => sampleClip('small'), ['SOURCE_TOO_SMALL']],
];

test.each(badSources)('%s ends in VideoFailed with a typed reason, without a retry', async (_name, makeFile, codes) => {
  const videoId = newVideoId('bad');
  publishUploads({ value: await uploadSource(videoId, await makeFile()) });
  const { topic, event } = await outcomes.waitFor(videoId, 30_000);
  expect(topic).toBe('video.failed');
  expect(codes).toContain(event.code);
  expect(event.retriable).toBe(false);
  const tasks = await selectRows<{ epoch: number }>('select epoch from tasks join jobs on jobs.id = job_id where video_id = $1', [
    videoId,
  ]);
  expect(tasks.every(({ epoch }) => epoch <= 1)).toBe(true);
});

test('a source that is not there ends in VideoFailed', async () => {
  const videoId = newVideoId('absent');
  const value = await uploadSource(videoId, await sampleClip('tiny'));
  publishUploads({ value: { ...value, sourceKey: 'uploads/nobody/nothing.mp4' } });
  expect((await outcomes.waitFor(videoId, 30_000)).event.code).toBe('SOURCE_NOT_FOUND');
});

test("another tenant's source is refused", async () => {
  const videoId = newVideoId('foreign');
  const value = await uploadSource(videoId, await sampleClip('tiny'));
  publishUploads({ value: { ...value, sourceKey: 'tenants/other/videos/v/source/a.mp4' } });
  expect((await outcomes.waitFor(videoId, 30_000)).event.code).toBe('SOURCE_FORBIDDEN');
});

test('the next job is unharmed by all of them', async () => {
  const videoId = newVideoId('good');
  publishUploads({ value: await uploadSource(videoId, await sampleClip('tiny')) });
  expect((await outcomes.waitFor(videoId)).topic).toBe('video.transcoded');
});
