import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type AudioSettings, planAudio } from '@streamflix/contracts';
import { describe, expect, it, vi } from 'vitest';
import { measureChannels, measureLoudness, writeSound } from '../testkit/measure-sound.ts';
import { encodeAudio } from './encode-audio.ts';
import { probeSource } from './probe.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';

// Real encodes on a shared machine.
vi.setConfig({ testTimeout: 60_000 });

const dir = scratchDir();
const at = (name: string): string => join(dir, name);
const run = { media: testMedia, signal: neverAborted };

/** Everything that is made of a file of sound, by name. */
async function make(input: string, settings?: AudioSettings): Promise<Map<string, string>> {
  const source = await probeSource(input, run);
  const outputDir = `${input}.out`;
  await mkdir(outputDir, { recursive: true });
  const made = new Map<string, string>();
  for (const rendition of planAudio(source, settings))
    made.set(rendition.name, (await encodeAudio({ ...run, input, source, outputDir, rendition })).path);
  return made;
}

const describeStream = (path: string) => {
  const { stdout } = spawnSync(
    testMedia.ffprobePath,
    ['-v', 'error', '-show_entries', 'stream=channels,channel_layout,sample_rate,profile', '-of', 'json', path],
    { encoding: 'utf8' },
  );
  return JSON.parse(stdout).streams[0];
};

/** A tone of its own in every channel; a low one in the fourth, which in 5.1 carries nothing else. */
const tones = (levels: number[], layout: string): string => {
  const tone = (level: number, index: number): string => `${level}*sin(2*PI*${index === 3 ? 60 : 300 + 100 * index}*t)`;
  return `aevalsrc=${levels.map(tone).join('|')}:c=${layout}:d=2:s=48000`;
};
const rmsOf = (level: number): number => 20 * Math.log10(level / Math.SQRT2);

describe('sound of six channels', () => {
  it('becomes 5.1 with every channel in its place, and a stereo down-mix by ITU-R BS.775', async () => {
    const levels = [0.2, 0.1, 0.15, 0.3, 0.12, 0.05];
    const made = await make(writeSound(at('six.mka'), tones(levels, '5.1'), '-c:a', 'flac'));
    expect([...made.keys()]).toEqual(['audio', 'audio-5.1']);
    const surround = made.get('audio-5.1') ?? '';
    expect(describeStream(surround)).toMatchObject({ channels: 6, channel_layout: '5.1', sample_rate: '48000' });
    measureChannels(surround).forEach((db, index) => {
      expect(Math.abs(db - rmsOf(levels[index] ?? 0)), `channel ${index}`).toBeLessThan(1);
    });
    const [left = 0, right = 0, centre = 0, , leftBack = 0, rightBack = 0] = levels;
    const sum = (side: number, back: number): number =>
      10 * Math.log10((side ** 2 + (centre * Math.SQRT1_2) ** 2 + (back * Math.SQRT1_2) ** 2) / 2);
    const [toLeft = 0, toRight = 0] = measureChannels(made.get('audio') ?? '');
    expect(toLeft).toBeCloseTo(sum(left, leftBack), 0);
    expect(toRight).toBeCloseTo(sum(right, rightBack), 0);
  });

  it('that are all at full scale are limited in the down-mix, and not clipped', async () => {
    const loud =
      'aevalsrc=0.95*sin(2*PI*440*t)|0.95*sin(2*PI*440*t)|0.95*sin(2*PI*440*t)|0|0.95*sin(2*PI*440*t)|0.95*sin(2*PI*440*t)';
    const made = await make(writeSound(at('loud.mka'), `${loud}:c=5.1:d=2:s=48000`, '-c:a', 'flac'), {
      surround: false,
      loudnessLufs: null,
    });
    expect([...made.keys()]).toEqual(['audio']);
    const { truePeakDb } = measureLoudness(made.get('audio') ?? '');
    expect(truePeakDb).toBeLessThanOrEqual(-1);
    expect(truePeakDb).toBeGreaterThan(-3);
  });
});

describe('sound of an odd layout', () => {
  it.each([
    ['mono', 1, ['audio']],
    ['2.1', 3, ['audio']],
    ['4.0', 4, ['audio']],
    ['7.1', 8, ['audio', 'audio-5.1']],
  ])('of %s is made', async (layout, channels, names) => {
    const levels = Array.from({ length: channels }, () => 0.1);
    const made = await make(writeSound(at(`odd-${layout}.mka`), tones(levels, layout), '-c:a', 'flac'));
    expect([...made.keys()]).toEqual(names);
    expect(describeStream(made.get('audio') ?? '')).toMatchObject({ channels: 2, channel_layout: 'stereo' });
    for (const db of measureChannels(made.get('audio') ?? '')) expect(db).toBeGreaterThan(-26);
  });

  it('of one channel keeps its level in both', async () => {
    const made = await make(writeSound(at('one.wav'), tones([0.25], 'mono')));
    for (const db of measureChannels(made.get('audio') ?? '')) expect(db).toBeCloseTo(rmsOf(0.25), 0);
  });

  it('that nobody knows is made from its first two channels', async () => {
    const levels = [0.2, 0.1, ...Array.from({ length: 8 }, () => 0.9)];
    const expressions = levels.map((level) => `${level}*sin(2*PI*440*t)`).join('|');
    const path = writeSound(at('ten.mka'), `aevalsrc=${expressions}:d=2:s=48000`, '-c:a', 'pcm_s16le');
    expect((await probeSource(path, run)).audio).toMatchObject([{ channels: 10 }]);
    const made = await make(path);
    expect([...made.keys()]).toEqual(['audio']);
    const [left = 0, right = 0] = measureChannels(made.get('audio') ?? '');
    expect(left).toBeCloseTo(rmsOf(0.2), 0);
    expect(right).toBeCloseTo(rmsOf(0.1), 0);
  });
});

describe('loudness', () => {
  const wished = { surround: false, loudnessLufs: -16 };
  const chord = (amplitude: number): string => {
    const tone = [220, 330, 550, 1100, 2200].map((hertz) => `sin(2*PI*${hertz}*t)`).join('+');
    return `aevalsrc=${amplitude / 5}*(${tone})|${amplitude / 5}*(${tone}):c=stereo:d=6:s=48000`;
  };

  it.each([
    ['soft', 0.05],
    ['loud', 0.9],
  ])('of %s sound is brought to -16 LUFS by one gain', async (name, amplitude) => {
    const path = writeSound(at(`${name}.wav`), chord(amplitude));
    expect(Math.abs(measureLoudness(path).lufs + 16)).toBeGreaterThan(2);
    const made = await make(path, wished);
    const { lufs, truePeakDb } = measureLoudness(made.get('audio') ?? '');
    expect(Math.abs(lufs + 16)).toBeLessThan(0.5);
    expect(truePeakDb).toBeLessThanOrEqual(-1);
  });

  it('leaves what is soft softer than what is loud', async () => {
    const path = writeSound(at('steps.wav'), `aevalsrc='if(lt(t,4),0.01,0.1)*sin(2*PI*500*t)':c=mono:d=8:s=48000`);
    const sound = (await make(path, wished)).get('audio') ?? '';
    const [soft = 0] = measureChannels(sound, 1, 3);
    const [loud = 0] = measureChannels(sound, 5, 7);
    expect(loud - soft).toBeCloseTo(20, 0);
  });

  it('that lifts single peaks over what is allowed is limited there, at -1 dBTP', async () => {
    const clicks = `aevalsrc='0.05*sin(2*PI*300*t)+if(lt(mod(t,1),0.001),0.5*sin(2*PI*3000*t),0)':c=mono:d=6:s=48000`;
    const path = writeSound(at('clicks.wav'), clicks);
    const { lufs, truePeakDb } = measureLoudness((await make(path, wished)).get('audio') ?? '');
    expect(truePeakDb).toBeLessThanOrEqual(-1);
    expect(Math.abs(lufs + 16)).toBeLessThan(1.5);
  });

  it('of silence is left alone', async () => {
    const made = await make(writeSound(at('silence.wav'), 'anullsrc=cl=stereo:r=48000:d=2'), wished);
    for (const db of measureChannels(made.get('audio') ?? '')) expect(db).toBeLessThan(-90);
  });

  it('is left as it is when nobody asks', async () => {
    const path = writeSound(at('as-is.wav'), chord(0.1));
    const { lufs } = measureLoudness((await make(path)).get('audio') ?? '');
    expect(lufs).toBeCloseTo(measureLoudness(path).lufs, 0);
  });
});

it('the limiter does not shift the sound', async () => {
  const click = `aevalsrc='if(between(t,1,1.001),0.5,0)|0|0|0|0|0':c=5.1:d=2:s=48000`;
  const made = await make(writeSound(at('click.mka'), click, '-c:a', 'flac'), { surround: false, loudnessLufs: null });
  const [before = 0] = measureChannels(made.get('audio') ?? '', 0.9, 0.99);
  const [during = 0] = measureChannels(made.get('audio') ?? '', 0.999, 1.002);
  const [after = 0] = measureChannels(made.get('audio') ?? '', 1.004, 1.02);
  expect(during - Math.max(before, after)).toBeGreaterThan(15);
});
