import { join } from 'node:path';
import { type CorpusEntry, corpus, isPackage, makeEntry } from '@streamflix/infra/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectDir } from '../run/step.ts';
import { PlayerSite } from '../support/browser.ts';
import { OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId, uploadSource } from '../support/store.ts';

/** With `npm run corpus` there are more. */
const few = ['portrait', 'rate-23.976', 'no-sound', 'turned-90', 'two-rungs'];
const more = [
  'rate-59.94',
  'vfr-gaps',
  'surround',
  'one-frame-more-than-a-segment',
  'sound-begins-late',
  'edit-list-trims-the-start',
];
const troublesome = process.env.CORPUS === 'all' ? [...few, ...more] : few;
const entries = corpus.filter(({ name }) => troublesome.includes(name));
const withinMs = 5 * 60_000;

let platform: RunningPlatform;
let outcomes: OutcomeReader;
let site: PlayerSite;
const videoIds = new Map<CorpusEntry, string>();

beforeAll(async () => {
  outcomes = new OutcomeReader();
  [platform, site] = await Promise.all([
    startPlatform('playback', { names: ['ingest', 'probe', 'encode', 'package', 'sweep', 'gateway'], env: { SLOTS: '2' } }),
    PlayerSite.open(),
  ]);
  const orders = [];
  for (const entry of entries) {
    const videoId = newVideoId(entry.name);
    videoIds.set(entry, videoId);
    orders.push({ value: await uploadSource(videoId, await makeEntry(entry, join(projectDir, '.local/cache/corpus'))) });
  }
  publishUploads(...orders);
}, withinMs);
afterAll(async () => {
  await site.close();
  outcomes.close();
  await platform.stop();
});

const manifestOf = async (entry: CorpusEntry, name: string): Promise<string> => {
  const { event } = await outcomes.waitFor(videoIds.get(entry) ?? '', withinMs);
  const url = event[name];
  if (typeof url !== 'string') throw new Error(`${entry.name} ended in ${JSON.stringify(event)}`);
  return url;
};

test('every troublesome entry is one', () => {
  expect(entries.map(({ name }) => name).toSorted()).toEqual(troublesome.toSorted());
});

describe.each([
  ['HLS by hls.js', 'hls.js', 'hlsManifestUrl'],
  ['DASH by Shaka Player', 'shaka', 'dashManifestUrl'],
] as const)('%s', (_title, player, manifest) => {
  test.each(entries.map((entry) => [entry.name, entry] as const))(
    '%s plays to its end, with all its pictures and sound, over every change of rung',
    { timeout: withinMs },
    async (_name, entry) => {
      const { expected } = entry;
      if (!isPackage(expected)) throw new Error('it has no package');
      const { frameRate, frames } = expected.video;
      const durationSeconds = (frames * frameRate.denominator) / frameRate.numerator;
      const playback = await site.play(player, await manifestOf(entry, manifest));
      // A change may take away what is buffered: only then there is always something to show.
      await playback.until('all of it', ({ bufferedTo }) => bufferedTo > durationSeconds - 0.2);
      await playback.switchTo('smallest');
      await playback.until('two thirds of it', ({ currentTime }) => currentTime > (2 * durationSeconds) / 3);
      await playback.switchTo('largest');
      const end = await playback.until('the end', ({ ended }) => ended);
      await playback.close();
      expect(end).toMatchObject({ faults: [], stalls: 0 });
      expect(end.currentTime).toBeCloseTo(durationSeconds, 0);
      expect(end.soundBytes > 0).toBe(expected.clicks !== null);
      const { width, height } = expected.video;
      expect(end.videoWidth / end.videoHeight).toBeCloseTo(width / height, 1);
    },
  );
});
