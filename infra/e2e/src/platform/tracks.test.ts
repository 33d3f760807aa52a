import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRichClip, richTones } from '@streamflix/infra/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Playback, PlayerSite } from '../support/browser.ts';
import { type Outcome, OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId, readObject, uploadSource } from '../support/store.ts';

let outcomes: OutcomeReader;
let platform: RunningPlatform;
let rich: Outcome;
let sound: Outcome;

async function submit(name: string, path: string): Promise<Outcome> {
  const videoId = newVideoId(name);
  publishUploads({ value: await uploadSource(videoId, path) });
  return outcomes.waitFor(videoId);
}

beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'streamflix-tracks-'));
  const [film, record] = [await makeRichClip(dir), await makeRichClip(dir, false)];
  outcomes = new OutcomeReader();
  platform = await startPlatform('tracks', {
    names: ['ingest', 'probe', 'encode', 'package', 'sweep', 'gateway'],
    env: { MIN_SOURCE_LONG_SIDE: '320', MIN_SOURCE_SHORT_SIDE: '180' },
  });
  [rich, sound] = await Promise.all([submit('film', film), submit('record', record)]);
});
afterAll(async () => {
  outcomes.close();
  await platform.stop();
});

const textOf = ({ event }: Outcome, name: string): string => {
  const value = event[name];
  if (typeof value !== 'string') throw new Error(`${name} is ${JSON.stringify(value)} in ${JSON.stringify(event)}`);
  return value;
};

test('a film of three languages, 5.1, subtitles and chapters is told track by track', () => {
  expect(rich).toMatchObject({
    topic: 'video.transcoded',
    event: {
      audio: [
        { name: 'audio-ger', language: 'de', label: 'Deutsch', channels: 2, isDefault: false },
        { name: 'audio-ger-5.1', language: 'de', label: 'Deutsch', channels: 6 },
        { name: 'audio-ger-2', language: 'de', channels: 2 },
        { name: 'audio-eng', language: 'en', channels: 2, isDefault: true },
        { name: 'audio-fra', language: 'fr', channels: 2 },
      ],
      text: [
        { name: 'text-ger', language: 'de', kind: 'subtitles', isForced: false },
        { name: 'text-ger-2', language: 'de', kind: 'subtitles', isForced: true },
        { name: 'text-eng', language: 'en', kind: 'captions', forHearingImpaired: true },
        { name: 'chapters', kind: 'chapters' },
      ],
    },
  });
});

test('the report tells every check, and the subtitles that are pictures', () => {
  const { verification } = rich.event as unknown as {
    verification: { checks: number; results: { name: string; passed: boolean }[]; warnings: string[] };
  };
  expect(verification.results).toHaveLength(verification.checks);
  expect(verification.results).toContainEqual({ name: 'text-whole', passed: true, detail: '' });
  expect(verification.warnings).toContain('subtitle track 3 (fra) is left out: its subtitles are pictures (hdmv_pgs_subtitle)');
});

test('the document in the package has the chapters', async () => {
  const document = JSON.parse((await readObject(`${textOf(rich, 'packagePrefix')}metadata.json`)).toString());
  expect(document.chapters).toMatchObject([{ title: 'Beginning', startSeconds: 0 }, { title: 'The <end> & after' }]);
});

describe.each([
  ['HLS by hls.js', 'hls.js', 'hlsManifestUrl'],
  ['DASH by Shaka Player', 'shaka', 'dashManifestUrl'],
] as const)('%s in a browser', (_title, player, manifest) => {
  let site: PlayerSite;
  let playback: Playback;
  beforeAll(async () => {
    site = await PlayerSite.open();
    playback = await site.play(player, textOf(rich, manifest));
    await playback.repeat();
    await playback.until('play', ({ currentTime }) => currentTime > 0.2);
  });
  afterAll(() => site.close());

  const hears = async (what: string, hertz: number): Promise<void> => {
    const report = await playback.until(what, ({ pitch, loudness }) => loudness > 0.01 && Math.abs(pitch - hertz) < 40);
    expect(report.faults).toEqual([]);
  };
  const takeAudio = async (label: string): Promise<void> => {
    const { audio } = await playback.listTracks();
    const index = audio.findIndex((track) => track.label === label);
    expect(index, JSON.stringify(audio)).toBeGreaterThanOrEqual(0);
    await playback.seek(0.1);
    await playback.takeAudio(index);
  };

  test('begins in the language that the source plays by default', async () => {
    await hears('English', richTones.english);
  });

  test('every language is offered, and is heard when it is chosen', async () => {
    const { audio } = await playback.listTracks();
    expect([...new Set(audio.map(({ language }) => language))].sort()).toEqual(['de', 'en', 'fr']);
    await takeAudio('Français');
    await hears('French', richTones.french);
    await takeAudio('Deutsch (Director cut more)');
    await hears('the commentary', richTones.commentary);
    await takeAudio('Deutsch');
    await hears('German', richTones.german);
  });

  test('the 5.1 is decoded', async () => {
    await takeAudio('English');
    await hears('English', richTones.english);
    if (player === 'hls.js') {
      await playback.seek(0.1);
      await playback.takeSurround('de');
    } else await takeAudio('Deutsch 5.1');
    await hears('German in 5.1', richTones.german);
  });

  test('subtitles are offered, and shown at their time when they are chosen', async () => {
    const { text } = await playback.listTracks();
    expect(text.map(({ language }) => language).sort()).toEqual(['de', 'de', 'en']);
    await playback.takeText(text.findIndex(({ language }) => language === 'en'));
    await playback.seek(0.5);
    const shown = await playback.until('a subtitle', ({ cues }) => cues.length > 0);
    expect(shown.faults).toEqual([]);
    expect(shown.cues[0]).toMatch(/English/);
    expect(shown.currentTime).toBeGreaterThan(0.95);
    expect(shown.currentTime).toBeLessThan(3.1);
    const gone = await playback.until('its end', ({ cues, currentTime }) => cues.length === 0 || currentTime > 4);
    expect(gone.currentTime).toBeGreaterThan(2.9);
    await playback.until('the next, across two segments', ({ cues, currentTime }) => cues.length > 0 && currentTime > 6.1);
  });
});

describe.each([
  ['HLS by hls.js', 'hls.js', 'hlsManifestUrl'],
  ['DASH by Shaka Player', 'shaka', 'dashManifestUrl'],
] as const)('sound alone as %s', (_title, player, manifest) => {
  test('is packaged, and plays to its end', async () => {
    expect(sound).toMatchObject({
      topic: 'video.transcoded',
      event: { renditions: [], images: [], verification: { passed: true } },
    });
    const site = await PlayerSite.open();
    try {
      const playback = await site.play(player, textOf(sound, manifest));
      const heard = await playback.until(
        'sound',
        ({ loudness, pitch }) => loudness > 0.01 && Math.abs(pitch - richTones.english) < 40,
      );
      expect(heard.faults).toEqual([]);
      await playback.seek(12);
      const end = await playback.until('the end', ({ ended }) => ended);
      expect(end.currentTime).toBeCloseTo(13, 0);
    } finally {
      await site.close();
    }
  });
});
