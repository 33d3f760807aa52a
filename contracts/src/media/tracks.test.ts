import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainSource } from '../testkit/index.ts';
import { largestAudioTracks, planAudio } from './audio-tracks.ts';
import { describeLeftOut } from './left-out.ts';
import type { SourceAudio, SourceText } from './source.ts';
import { planText } from './text-tracks.ts';

const sound = (index: number, changes: Partial<SourceAudio> = {}): SourceAudio => ({
  index,
  codec: 'aac',
  channels: 2,
  layout: 'stereo',
  sampleRate: 48_000,
  language: null,
  title: null,
  isDefault: false,
  ...changes,
});
const subtitles = (index: number, changes: Partial<SourceText> = {}): SourceText => ({
  index,
  codec: 'subrip',
  format: 'text',
  language: null,
  title: null,
  isDefault: false,
  isForced: false,
  forHearingImpaired: false,
  ...changes,
});

const anyLanguage = fc.option(fc.oneof(fc.constantFrom('deu', 'eng', 'und', '../x', 'DEU', 'de-AT', 'a,b=c', ''), fc.string()));
const anySound = fc.array(
  fc.record({ channels: fc.integer({ min: 0, max: 64 }), language: anyLanguage, isDefault: fc.boolean() }),
  { maxLength: 40 },
);

describe('the planned sound', () => {
  it('is every language as stereo, and as 5.1 too where the source has surround sound', () => {
    const audio = [
      sound(0, { language: 'deu', channels: 6, layout: '5.1' }),
      sound(1, { language: 'deu', title: 'Kommentar' }),
      sound(2, { language: 'eng', channels: 1, layout: 'mono' }),
      sound(3, { channels: 16, layout: null }),
    ];
    expect(planAudio({ audio }).map(({ name, sourceIndex, channels }) => [name, sourceIndex, channels])).toEqual([
      ['audio-deu', 0, 2],
      ['audio-deu-5.1', 0, 6],
      ['audio-deu-2', 1, 2],
      ['audio-eng', 2, 2],
      ['audio', 3, 2],
    ]);
  });

  it('has no 5.1 and the wished loudness when the settings say so', () => {
    const made = planAudio({ audio: [sound(0, { channels: 6 })] }, { surround: false, loudnessLufs: -16 });
    expect(made).toMatchObject([{ name: 'audio', channels: 2, loudnessLufs: -16 }]);
  });

  it('plays by default what the source plays by default, however late it stands', () => {
    const audio = Array.from({ length: 30 }, (_, index) => sound(index, { isDefault: index === 25 }));
    const made = planAudio({ audio });
    expect(made).toHaveLength(largestAudioTracks);
    expect(made.filter(({ isDefault }) => isDefault).map(({ sourceIndex }) => sourceIndex)).toEqual([25]);
  });

  it('has names that are unique and safe in a path, and one default track, whatever the source claims', () => {
    fc.assert(
      fc.property(anySound, (claims) => {
        const audio = claims.map((claim, index) => sound(index, claim));
        const made = planAudio({ audio });
        expect(new Set(made.map(({ name }) => name)).size).toBe(made.length);
        for (const { name } of made) expect(name).toMatch(/^audio(-[a-z]{2,3})?(-\d+)?(-5\.1)?$/);
        const main = new Set(made.filter(({ isDefault }) => isDefault).map(({ sourceIndex }) => sourceIndex));
        expect(main.size).toBe(claims.some(({ channels }) => channels > 0) ? 1 : 0);
        for (const track of new Set(made.map(({ sourceIndex }) => sourceIndex)))
          expect(made.filter(({ sourceIndex, channels }) => sourceIndex === track && channels === 2)).toHaveLength(1);
      }),
    );
  });
});

describe('the planned subtitles', () => {
  it('are those that are text, with what they are for', () => {
    const text = [
      subtitles(0, { language: 'deu', isForced: true }),
      subtitles(1, { language: 'deu', codec: 'ass', forHearingImpaired: true, title: 'SDH' }),
      subtitles(2, { language: 'eng', codec: 'hdmv_pgs_subtitle', format: 'picture' }),
    ];
    expect(planText({ text })).toMatchObject([
      { name: 'text-deu', sourceIndex: 0, isForced: true, forHearingImpaired: false },
      { name: 'text-deu-2', sourceIndex: 1, isForced: false, forHearingImpaired: true, title: 'SDH' },
    ]);
  });
});

describe('what is left out', () => {
  it('is nothing of an ordinary source', () => {
    expect(describeLeftOut(plainSource({ audio: [sound(0)], text: [subtitles(0)] }))).toEqual([]);
  });

  it('is told, each track with its reason', () => {
    const text = [
      subtitles(0, { codec: 'dvd_subtitle', format: 'picture', language: 'fra' }),
      subtitles(1, { codec: 'ttml', language: 'x'.repeat(5000) }),
    ];
    const audio = Array.from({ length: largestAudioTracks + 1 }, (_, index) => sound(index));
    expect(describeLeftOut({ audio, text })).toEqual([
      'audio track 16 is left out: there are too many',
      'subtitle track 0 (fra) is left out: its subtitles are pictures (dvd_subtitle)',
      'subtitle track 1 is left out: its format cannot be read (ttml)',
    ]);
  });

  it('is told in a few lines, however much it is', () => {
    const text = Array.from({ length: 5000 }, (_, index) => subtitles(index));
    expect(describeLeftOut({ audio: [], text })).toHaveLength(11);
  });

  it('and what is made are together all tracks of the source', () => {
    fc.assert(
      fc.property(anySound, (claims) => {
        const audio = claims.map((claim, index) => sound(index, claim));
        const made = new Set(planAudio({ audio }).map(({ sourceIndex }) => sourceIndex));
        const told = describeLeftOut({ audio, text: [] });
        const counted = told.length > 10 ? 10 + Number.parseInt(told.at(-1) ?? '', 10) : told.length;
        expect(made.size + counted).toBe(claims.length);
      }),
    );
  });
});
