import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JobPlan, planJob, type Rendition, requireVideo } from '@streamflix/contracts';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { makeRichClip } from '../testkit/rich-clip.ts';
import { encodeAudio } from './encode-audio.ts';
import { encodeText } from './encode-text.ts';
import { encodeVideo } from './ffmpeg.ts';
import { packageRenditions } from './packager.ts';
import { probeSource } from './probe.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';
import { type VerificationReport, verifyPackage } from './verify-package.ts';

// Real encodes on a shared machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 180_000 });

const dir = scratchDir();
const run = { media: testMedia, signal: neverAborted };
const good = join(dir, 'good');
let plan: JobPlan;

/** Everything the platform does between a source and its package, in one process. */
async function makePackage(input: string, outputDir: string): Promise<JobPlan> {
  const source = await probeSource(input, run);
  const planned = planJob(source);
  const made = { ...planned, renditions: planned.renditions.flatMap(withSmallRung) };
  const shared = { ...run, input, source, outputDir: `${outputDir}-renditions` };
  await mkdir(shared.outputDir);
  const ofKind = <K extends Rendition['kind']>(kind: K) =>
    made.renditions.filter((rendition): rendition is Extract<Rendition, { kind: K }> => rendition.kind === kind);
  const [video, audio, text] = [ofKind('video'), ofKind('audio'), ofKind('text')];
  const chunk = { index: 0, count: 1, startFrame: 0, frameCount: null };
  const files =
    video.length === 0 ? [] : await encodeVideo({ ...shared, source: requireVideo(source), chunk, renditions: video });
  for (const rendition of audio) files.push(await encodeAudio({ ...shared, rendition }));
  if (text.length > 0) files.push(...(await encodeText({ ...shared, renditions: text })));
  const paths = new Map(files.map(({ rendition, path }) => [rendition, path]));
  const inputs = <R extends { name: string }>(some: R[]) =>
    some.map((rendition) => ({ rendition, path: paths.get(rendition.name) ?? '' }));
  const { segmentSeconds } = made;
  await packageRenditions({
    ...run,
    video: inputs(video),
    audio: inputs(audio),
    text: inputs(text),
    source,
    outputDir,
    segmentSeconds,
  });
  return made;
}

const withSmallRung = (rendition: Rendition): Rendition[] =>
  rendition.kind === 'video' ? [rendition, { ...rendition, name: '90p', width: 160, height: 90 }] : [rendition];

beforeAll(async () => {
  plan = await makePackage(await makeRichClip(dir), good);
});

const failedChecks = ({ checks }: VerificationReport): string[] => checks.filter(({ passed }) => !passed).map(({ name }) => name);
const mediaLines = async (path: string): Promise<string[]> =>
  (await readFile(join(path, 'master.m3u8'), 'utf8')).split('\n').filter((line) => line.startsWith('#EXT-X-MEDIA:'));

describe('a package of several languages', () => {
  it('passes every check and is described track by track', async () => {
    const report = await verifyPackage(good, plan);
    expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(
      report.audio.map(({ name, language, label, channels, isDefault }) => [name, language, label, channels, isDefault]),
    ).toEqual([
      ['audio-ger', 'de', 'Deutsch', 2, false],
      ['audio-ger-5.1', 'de', 'Deutsch', 6, false],
      ['audio-ger-2', 'de', 'Deutsch (Director cut more)', 2, false],
      ['audio-eng', 'en', 'English', 2, true],
      ['audio-fra', 'fr', 'Français', 2, false],
    ]);
    expect(report.text).toMatchObject([
      { name: 'text-ger', language: 'de', label: 'Deutsch', kind: 'subtitles', isForced: false, path: 'text-ger/subtitles.vtt' },
      { name: 'text-ger-2', language: 'de', label: 'Deutsch 2', kind: 'subtitles', isForced: true },
      { name: 'text-eng', language: 'en', kind: 'captions', forHearingImpaired: true },
      { name: 'chapters', kind: 'chapters', path: 'chapters.vtt' },
    ]);
  });

  it('has its default language first in DASH, where a player takes the first', async () => {
    const dash = await readFile(join(good, 'manifest.mpd'), 'utf8');
    expect(/contentType="audio" lang="(\w+)"/.exec(dash)?.[1]).toBe('en');
  });

  it('tells what is not in it', async () => {
    const { warnings } = await verifyPackage(good, plan);
    expect(warnings).toContain('subtitle track 3 (fra) is left out: its subtitles are pictures (hdmv_pgs_subtitle)');
  });

  it('has every track in both groups, alike in all but where it lies and its channels', async () => {
    const audio = (await mediaLines(good)).filter((line) => line.includes('TYPE=AUDIO'));
    const plain = (group: string): string[] =>
      audio
        .filter((line) => line.includes(`GROUP-ID="${group}"`))
        .map((line) => line.replace(/URI="[^"]*",|GROUP-ID="[^"]*",|,CHANNELS="\d"/g, ''));
    expect(plain('stereo')).toHaveLength(4);
    expect(plain('surround')).toEqual(plain('stereo'));
    expect(audio.filter((line) => line.includes('CHANNELS="6"'))).toHaveLength(1);
  });

  it('tells forced subtitles, and those for people who do not hear', async () => {
    const text = (await mediaLines(good)).filter((line) => line.includes('TYPE=SUBTITLES'));
    expect(text.map((line) => line.includes('FORCED=YES'))).toEqual([false, true, false]);
    expect(text.map((line) => line.includes('describes-music-and-sound'))).toEqual([false, false, true]);
    const dash = await readFile(join(good, 'manifest.mpd'), 'utf8');
    expect([...dash.matchAll(/value="(subtitle|forced-subtitle|caption)"/g)].map(([, role]) => role)).toEqual([
      'subtitle',
      'forced-subtitle',
      'caption',
    ]);
  });

  it('holds the words of an uploader as words alone', async () => {
    const segment = await readFile(join(good, 'text-ger/seg-00001.vtt'), 'utf8');
    expect(segment).toContain('<b>German</b>');
    expect(segment).not.toMatch(/<script/);
    expect(await readFile(join(good, 'chapters.vtt'), 'utf8')).toContain('The &lt;end&gt; &amp; after');
    expect(JSON.parse(await readFile(join(good, 'chapters.json'), 'utf8'))).toMatchObject([
      { chapter: 1, 'start-time': 0, duration: expect.closeTo(5, 1), titles: [{ title: 'Beginning' }] },
      { chapter: 2, titles: [{ title: 'The <end> & after' }] },
    ]);
  });
});

describe('a package of sound alone', () => {
  it('passes every check, and has a variant for each group and not for each language', async () => {
    const soundDir = join(dir, 'sound');
    const made = await makePackage(await makeRichClip(dir, false), soundDir);
    const report = await verifyPackage(soundDir, made);
    expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(report.renditions).toEqual([]);
    const master = await readFile(join(soundDir, 'master.m3u8'), 'utf8');
    expect(master.match(/#EXT-X-STREAM-INF.*\n.*/g)?.map((variant) => variant.split('\n')[1])).toEqual([
      'audio-eng/playlist.m3u8',
      'audio-eng/playlist.m3u8',
    ]);
  });
});

const edit = async (path: string, change: (text: string) => string): Promise<void> => {
  const before = await readFile(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  await writeFile(path, after);
};

async function broken(name: string, damage: (at: (path: string) => string) => Promise<unknown>): Promise<VerificationReport> {
  const copy = join(dir, `broken-${name}`);
  await cp(good, copy, { recursive: true });
  await damage((path) => join(copy, path));
  const report = await verifyPackage(copy, plan);
  expect(report.passed).toBe(false);
  return report;
}

describe('a package fails its verification', () => {
  it.each<[what: string, check: string, file: string, from: string | RegExp, to: string]>([
    ['a language is told wrong in HLS', 'offers-as-planned', 'master.m3u8', 'LANGUAGE="fr"', 'LANGUAGE="de"'],
    ['a language is told wrong in DASH', 'offers-as-planned', 'manifest.mpd', 'lang="fr"', 'lang="de"'],
    ['another track is the default', 'offers-as-planned', 'master.m3u8', 'DEFAULT=YES', 'DEFAULT=NO'],
    ['the main role is another in DASH', 'offers-as-planned', 'manifest.mpd', 'value="main"', 'value="alternate"'],
    ['forced subtitles are told as ordinary', 'offers-as-planned', 'master.m3u8', 'FORCED=YES', 'FORCED=NO'],
    ['captions are told as ordinary', 'offers-as-planned', 'master.m3u8', /,CHARACTERISTICS="[^"]*"/, ''],
    ['channels are told wrong in HLS', 'offers-as-planned', 'master.m3u8', 'CHANNELS="6"', 'CHANNELS="2"'],
    ['channels are told wrong in DASH', 'offers-as-planned', 'manifest.mpd', '2011" value="6"', '2011" value="2"'],
    ['two tracks have one name', 'labels-unique', 'master.m3u8', /Français/g, 'English'],
    ['a group lacks a track', 'groups-complete', 'master.m3u8', /#EXT-X-MEDIA:.*GROUP-ID="surround",LANGUAGE="fr".*\n/, ''],
    ['a rung lacks a group', 'groups-complete', 'master.m3u8', /#EXT-X-STREAM-INF:.*AUDIO="surround".*\n180p.*\n/, ''],
    ['a variant lacks the subtitles', 'groups-complete', 'master.m3u8', ',SUBTITLES="text"', ''],
    ['segments are not told as independent', 'independent-segments', 'master.m3u8', '#EXT-X-INDEPENDENT-SEGMENTS\n', ''],
    ['no average rate is told', 'averages-true', 'master.m3u8', /,AVERAGE-BANDWIDTH=\d+/, ''],
    ['an average rate is told wrong', 'averages-true', 'master.m3u8', /,AVERAGE-BANDWIDTH=\d+/, ',AVERAGE-BANDWIDTH=1000'],
    ['a peak rate is told wrong', 'bandwidths-plausible', 'master.m3u8', /:BANDWIDTH=\d+/, ':BANDWIDTH=9000000'],
    ['pictures are told as HDR', 'video-ranges-true', 'master.m3u8', 'VIDEO-RANGE=SDR', 'VIDEO-RANGE=PQ'],
    ['a keyframe is told where none is', 'i-frames-true', '180p/iframes.m3u8', /@\d+/, '@120'],
    ['a keyframe is told shorter than it is', 'i-frames-true', '180p/iframes.m3u8', /RANGE:\d+@/, 'RANGE:2000@'],
    ['a segment has no keyframe in the list', 'i-frames-true', '90p/iframes.m3u8', /#EXTINF:6.*\n.*\nseg-00002.m4s\n/, ''],
    ['a cue is gone', 'text-whole', 'text-ger/seg-00001.vtt', /00:00:01[\s\S]*?\n\n/, ''],
    ['a segment of text is told wrong', 'text-whole', 'text-ger/playlist.m3u8', '6.006', '6.000'],
    ['a cue is no text', 'segments-readable', 'text-eng/seg-00001.vtt', '<b>', '<script>'],
    ['a whole text is none', 'segments-readable', 'text-eng/subtitles.vtt', 'WEBVTT', 'nothing'],
    [
      'a text is not in DASH',
      'renditions-complete',
      'manifest.mpd',
      /<AdaptationSet id="\d+" contentType="text"[\s\S]*?<\/AdaptationSet>/,
      '',
    ],
    ['chapters are not told', 'chapters-as-planned', 'master.m3u8', /#EXT-X-SESSION-DATA.*\n/, ''],
  ])('when %s', async (what, check, file, from, to) => {
    const report = await broken(what.replaceAll(' ', '-'), (at) => edit(at(file), (text) => text.replace(from, to)));
    expect(failedChecks(report)).toContain(check);
  });

  it('when the sound of a track has other channels than are told', async () => {
    const report = await broken('channels', async (at) => {
      await rm(at('audio-ger-5.1'), { recursive: true });
      await cp(at('audio-ger'), at('audio-ger-5.1'), { recursive: true });
    });
    expect(failedChecks(report)).toContain('channels-true');
  });

  it('when the chapters are missing', async () => {
    const report = await broken('chapters', (at) => rm(at('chapters.vtt')));
    expect(failedChecks(report)).toEqual(['chapters-as-planned']);
  });

  it('when a whole text is missing', async () => {
    const report = await broken('whole-text', (at) => rm(at('text-ger/subtitles.vtt')));
    expect(failedChecks(report)).toContain('files-present');
  });
});
