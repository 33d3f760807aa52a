import { join } from 'node:path';
import { type CorpusEntry, corpus, isPackage, makeEntry } from '@streamflix/infra/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectDir } from '../run/step.ts';
import { PlayerSite } from '../support/browser.ts';
import { call } from '../support/gateway-client.ts';
import { OutcomeReader } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId, uploadSource } from '../support/store.ts';

/** With `npm run corpus` there are more. */
const few = ['portrait', 'rate-23.976', 'no-sound', 'surround', 'one-frame-more-than-a-segment'];
const more = ['rate-59.94', 'vfr-gaps', 'turned-90', 'two-rungs', 'sound-begins-late', 'edit-list-trims-the-start'];
const troublesome = process.env.CORPUS === 'all' ? [...few, ...more] : few;
const entries = corpus.filter(({ name }) => troublesome.includes(name));
const withinMs = 5 * 60_000;
/** With less than this at hand a player stands still because of what it plays; with more, because the machine is slow. */
const starvedSeconds = 0.25;
/** In seconds. A change may take four: a shorter video ends before a second is seen. */
const timeForTwoChanges = 8;
/** So that a change of rung, which players begin some segments later, is seen in a few seconds. */
const profile = 'short-segments';

let platform: RunningPlatform;
let outcomes: OutcomeReader;
let site: PlayerSite;
const videoIds = new Map<CorpusEntry, string>();

async function submit(entry: CorpusEntry): Promise<void> {
  const videoId = newVideoId(entry.name);
  const { sourceKey } = await uploadSource(videoId, await makeEntry(entry, join(projectDir, '.local/cache/corpus')));
  expect(await call('POST', '/jobs', { json: { sourceKey, videoId, profile } })).toMatchObject({ status: 202 });
  videoIds.set(entry, videoId);
}

beforeAll(async () => {
  outcomes = new OutcomeReader();
  [platform, site] = await Promise.all([
    startPlatform('playback', { names: ['ingest', 'probe', 'encode', 'package', 'sweep', 'gateway'], env: { SLOTS: '2' } }),
    PlayerSite.open(),
  ]);
  await call('PUT', `/profiles/${profile}`, { json: { segmentSeconds: 1, gopSeconds: 1 } });
  for (const entry of entries) await submit(entry);
  // Nothing is encoded while something plays: a player that waits for the processor says nothing about a package.
  for (const videoId of videoIds.values()) await outcomes.waitFor(videoId, withinMs);
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
      const { frameRate, frames, width, height } = expected.video;
      const durationSeconds = (frames * frameRate.denominator) / frameRate.numerator;
      const playback = await site.play(player, await manifestOf(entry, manifest));
      const heights = await playback.listRungs();
      const [smallest = 0, largest = 0] = [Math.min(...heights), Math.max(...heights)];
      expect(smallest).toBeLessThan(largest);
      const chosen = durationSeconds < timeForTwoChanges ? [largest, smallest] : [largest, smallest, largest];
      for (const rung of chosen) {
        await playback.chooseRung(rung);
        const shown = await playback.until(`${rung}p`, ({ videoHeight, ended }) => videoHeight === rung || ended);
        expect(shown, `${rung}p is never shown`).toMatchObject({ faults: [], videoHeight: rung, ended: false });
      }
      const end = await playback.until('the end', ({ ended }) => ended);
      await playback.close();
      expect(end.faults).toEqual([]);
      expect(end.waits.filter(({ ahead }) => ahead < starvedSeconds)).toEqual([]);
      expect(end.shownHeights.slice(-chosen.length)).toEqual(chosen);
      expect(end.switchedTo.slice(1 - chosen.length)).toEqual(chosen.slice(1));
      expect(end.currentTime).toBeCloseTo(durationSeconds, 1);
      expect(end.videoWidth / end.videoHeight).toBeCloseTo(width / height, 1);
      const clicks = expected.clicks?.map((second) => second + (expected.clicksFrom ?? 0));
      expect(end.heardNear).toEqual(clicks === undefined ? [] : expect.arrayContaining(clicks));
    },
  );
});
