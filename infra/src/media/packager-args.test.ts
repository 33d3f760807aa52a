import type { AudioRendition, VideoRendition } from '@streamflix/contracts';
import { describe, expect, it } from 'vitest';
import { buildPackagerArgs, packagedLanguage } from './packager-args.ts';

const video: VideoRendition = {
  kind: 'video',
  name: '720p',
  codec: 'h264',
  bitDepth: 8,
  required: true,
  width: 1280,
  height: 720,
  frameRate: { numerator: 30000, denominator: 1001 },
  gopFrames: 60,
  segmentFrames: 180,
  maxBitrateKbps: 2800,
  crf: 23,
  preset: 'veryfast',
};
const audio: AudioRendition = {
  kind: 'audio',
  name: 'audio',
  sourceIndex: 0,
  language: 'deu',
  channels: 2,
  sampleRate: 48_000,
  bitrateKbps: 128,
};

const argsFor = (language: string | null): string[] =>
  buildPackagerArgs({
    video: [{ rendition: video, path: '/in/720p.mp4' }],
    audio: [{ rendition: { ...audio, language }, path: '/in/audio.mp4' }],
    outputDir: '/out',
    segmentSeconds: 6.006,
  });

describe('the arguments of the packager', () => {
  it('give every rendition a folder of its own and both manifests the same segments', () => {
    expect(argsFor('deu').slice(1, 3)).toEqual([
      'in=/in/720p.mp4,stream=video,init_segment=/out/720p/init.mp4,segment_template=/out/720p/seg-$Number%05d$.m4s,' +
        'playlist_name=720p/playlist.m3u8,iframe_playlist_name=720p/iframes.m3u8',
      'in=/in/audio.mp4,stream=audio,init_segment=/out/audio/init.mp4,segment_template=/out/audio/seg-$Number%05d$.m4s,' +
        'playlist_name=audio/playlist.m3u8,hls_group_id=audio,hls_name=audio,language=de',
    ]);
  });

  it('ask for segments a hair shorter than they are, so that no keyframe falls just before the cut', () => {
    const args = argsFor(null);
    const asked = Number(args[args.indexOf('--segment_duration') + 1]);
    expect(asked).toBeLessThan(6.006);
    expect(asked).toBeGreaterThan(6.0059);
  });

  it('never name the language "und", at which the packager stops', () => {
    expect(argsFor('und').join(' ')).not.toContain('language=und');
  });
});

it.each([
  ['deu', 'de'],
  ['ENG', 'en'],
  ['fil', 'fil'],
  ['pt', 'pt'],
  ['und', null],
  ['zz', null],
  ['english, stereo', null],
  ['', null],
  [null, null],
])('the language tag %s is told as %s', (tag, told) => {
  expect(packagedLanguage(tag)).toBe(told);
});
