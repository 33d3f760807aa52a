import type { CorpusEntry } from './entry.ts';
import { aac, evenly, everySecond, ffmpeg, h264, long, pictures, plain, rate, sound, whole } from './recipe.ts';

/** Rates that stay as they are: film, broadcast in both worlds, and the slow and fast ends. */
const kept = {
  '23.976': rate(24000, 1001),
  '24': rate(24),
  '25': rate(25),
  '29.97': rate(30000, 1001),
  '30': rate(30),
  '48': rate(48),
  '50': rate(50),
  '59.94': rate(60000, 1001),
  '60': rate(60),
  '12': rate(12),
  '5': rate(5),
};

const played = ['23.976', '59.94'];

const constant = Object.entries(kept).map(([name, frameRate]) =>
  plain(`rate-${name}.mp4`, { frameRate, seconds: played.includes(name) ? long : 4 }),
);

const twiceTooFast = plain('rate-120.mp4', {
  frameRate: rate(120),
  video: { frameRate: rate(60), frames: 180 },
});

/** Of thirty pictures a second, a screen recorder keeps those in which something changed. */
const sparse: CorpusEntry = {
  name: 'vfr-gaps',
  file: 'vfr-gaps.mp4',
  steps: [
    ffmpeg(
      ...pictures({ frameRate: rate(30), seconds: long }),
      ...sound(long),
      ...['-vf', "select='not(between(n,20,50))*not(between(n,80,83))'", '-fps_mode', 'vfr'],
      ...h264,
      ...aac,
      'vfr-gaps.mp4',
    ),
  ],
  expected: {
    video: whole(
      { frameRate: rate(30), seconds: long },
      {
        pictures: evenly(long * 30, rate(30)).filter(({ number: n }) => !(n >= 20 && n <= 50) && !(n >= 80 && n <= 83)),
      },
    ),
    clicks: everySecond(long),
    found: { isVariable: true },
  },
};

/** A phone that films more slowly in the dark: 30 pictures a second, then 15. */
const slowing: CorpusEntry = {
  name: 'vfr-slowing',
  file: 'vfr-slowing.mkv',
  steps: [
    ffmpeg(
      ...pictures({ frameRate: rate(30), seconds: 4 }),
      ...sound(4),
      ...['-vf', "select='lt(n,60)+not(mod(n,2))'", '-fps_mode', 'vfr'],
      ...h264,
      ...aac,
      'vfr-slowing.mkv',
    ),
  ],
  expected: {
    video: whole(
      { frameRate: rate(30), seconds: 4 },
      // Matroska does not tell how long the last one stays.
      { frames: 119, pictures: evenly(120, rate(30)).filter(({ number: n }) => n < 60 || n % 2 === 0) },
    ),
    clicks: everySecond(4),
    found: { isVariable: true },
  },
};

export const rates: CorpusEntry[] = [...constant, twiceTooFast, sparse, slowing];
