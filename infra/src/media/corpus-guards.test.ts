import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { planJob, requireVideo } from '@streamflix/contracts';
import { expect, test } from 'vitest';
import { type CorpusEntry, corpus, isPackage, makeEntry, videoFaults, watchVideo } from '../testkit/corpus/index.ts';
import { encodeVideo } from './ffmpeg.ts';
import { probeSource } from './probe.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';

const cacheDir = fileURLToPath(new URL('../../../.local/cache/corpus', import.meta.url));
const dir = scratchDir();
const run = { media: testMedia, signal: neverAborted };
const timeout = 120_000;

const tagged = (tags: string): string =>
  `format=yuv420p,setparams=range=limited:color_primaries=${tags}:color_trc=${tags}:colorspace=${tags}`;
const toLinear = (transfer: string): string =>
  `zscale=pin=bt2020:min=2020_ncl:rin=limited:tin=${transfer}:t=linear:npl=100,format=gbrpf32le`;
const mapped = 'tonemap=hable:desat=0';
const fromLinear = (change = ''): string => `zscale=m=bt709:t=bt709:r=limited,${change}${tagged('bt709')}`;
const toned = (transfer: string, change?: string): string =>
  [toLinear(transfer), 'zscale=p=bt709', mapped, fromLinear(change)].join(',');
/** The numbers of the wide triangle are taken for those of the ordinary one. */
const untouched = (transfer: string): string =>
  [toLinear(transfer), mapped, 'setparams=color_primaries=bt709', 'zscale=pin=bt709:p=bt709', fromLinear()].join(',');

/** What an engine would make that does one thing wrong, and looks right by its size, its times and its tags. */
const wrong: [name: string, what: string, filter: string][] = [
  ['hlg', 'leaves its light as it is', tagged('bt709')],
  ['hlg', 'takes it for PQ', toned('smpte2084')],
  ['hlg', 'keeps the numbers of its colours', untouched('arib-std-b67')],
  ['hlg', 'loses its colours', toned('arib-std-b67', 'hue=s=0,')],
  ['pq', 'leaves its light as it is', tagged('bt709')],
  ['pq', 'takes it for HLG', toned('arib-std-b67')],
  ['pq', 'keeps the numbers of its colours', untouched('smpte2084')],
  ['full-range', 'leaves its range as it is', `scale=in_range=full:out_range=full,${tagged('smpte170m')}`],
  [
    'full-range',
    'narrows it twice',
    `scale=in_range=full:out_range=limited,format=yuv420p,lutyuv=y=16+val*219/255,${tagged('smpte170m')}`,
  ],
];

function entryOf(name: string): CorpusEntry {
  const entry = corpus.find((each) => each.name === name);
  if (entry === undefined) throw new Error(`the corpus has no ${name}`);
  return entry;
}

const colourFaultsOf = async (name: string, filter: string, label: string): Promise<string[]> => {
  const entry = entryOf(name);
  if (!isPackage(entry.expected)) throw new Error(`${name} is no package`);
  const made = join(dir, `${label.replaceAll(' ', '-')}.mp4`);
  const input = await makeEntry(entry, cacheDir);
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '10', '-an', made];
  execFileSync(testMedia.ffmpegPath, ['-v', 'error', '-nostdin', '-y', '-i', input, '-vf', filter, ...encode]);
  return videoFaults(entry.expected.video, await watchVideo(made)).filter((fault) => /^(white|its colour)/.test(fault));
};

test.each(wrong)('the judge of %s sees who %s', { timeout }, async (name, what, filter) => {
  expect(await colourFaultsOf(name, filter, `${name} ${what}`)).not.toEqual([]);
});

test.each(['hlg', 'pq', 'full-range'])('and finds nothing in what is made of %s', { timeout }, async (name) => {
  const { expected, ...entry } = entryOf(name);
  if (!isPackage(expected)) throw new Error(`${name} is no package`);
  const input = await makeEntry({ ...entry, expected }, cacheDir);
  const source = requireVideo(await probeSource(input, run));
  const renditions = planJob(source).renditions.filter((rendition) => rendition.kind === 'video');
  const outputDir = join(dir, name);
  await mkdir(outputDir);
  const chunk = { index: 0, count: 1, startFrame: 0, frameCount: null };
  for (const { path } of await encodeVideo({ ...run, input, source, outputDir, chunk, renditions }))
    expect(videoFaults(expected.video, await watchVideo(path))).toEqual([]);
});
