import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CorpusEntry, corpus, isRefused, makeEntry } from '@streamflix/infra/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageFaults } from '../corpus/package-faults.ts';
import { readPackage } from '../corpus/read-package.ts';
import { projectDir } from '../run/step.ts';
import { OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId, uploadSource } from '../support/store.ts';

/** Those that have gone wrong most often; `npm run corpus` takes all. */
const troublesome = [
  ...['rate-23.976', 'rate-120', 'vfr-gaps', 'turned-90', 'odd-lines', 'anamorphic', 'interlaced-bff', 'pq', 'no-sound'],
  ...['program-stream', 'edit-list-trims-the-start', 'clock-jumps-back', 'open-gop', 'one-frame'],
];
const entries = process.env.CORPUS === 'all' ? corpus : corpus.filter(({ name }) => troublesome.includes(name));
const withinMs = 10 * 60_000;

let platform: RunningPlatform;
let outcomes: OutcomeReader;
const videoIds = new Map<CorpusEntry, string>();

/** All at once: what one job waits for is work for another. */
beforeAll(async () => {
  outcomes = new OutcomeReader();
  platform = await startPlatform('corpus', {
    names: ['ingest', 'probe', 'encode', 'package', 'sweep'],
    env: { SLOTS: '2', MIN_SOURCE_SECONDS: '0', MIN_SOURCE_SHORT_SIDE: '32', MIN_SOURCE_LONG_SIDE: '32' },
  });
  const orders = [];
  for (const entry of entries) {
    const videoId = newVideoId(entry.name);
    videoIds.set(entry, videoId);
    const path = await makeEntry(entry, join(projectDir, '.local/cache/corpus'));
    orders.push({ value: await uploadSource(videoId, path) });
  }
  publishUploads(...orders);
}, withinMs);
afterAll(async () => {
  outcomes.close();
  await platform.stop();
});

test('every troublesome entry is one', () => {
  expect(entries.length).toBeGreaterThanOrEqual(troublesome.length);
});

test.each(entries.map((entry) => [entry.name, entry] as const))('%s', { timeout: withinMs }, async (_name, entry) => {
  const { topic, event } = await outcomes.waitFor(videoIds.get(entry) ?? '', withinMs);
  if (isRefused(entry.expected)) {
    expect({ topic, code: event.code }).toEqual({ topic: 'video.failed', code: entry.expected.refusal });
    return;
  }
  expect({ topic, code: event.code }).toEqual({ topic: 'video.transcoded' });
  const dir = await mkdtemp(join(tmpdir(), 'streamflix-corpus-'));
  try {
    expect(await packageFaults(entry.expected, await readPackage(String(event.packagePrefix), dir))).toEqual([]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
