import { requireVideo, type SourceColour, type SourceVideo, type VideoRendition } from '@streamflix/contracts';
import { plainSource, plainVideo } from '@streamflix/contracts/testkit';
import { expect, test } from 'vitest';
import { rungFilters } from './video-filters.ts';

const colour: SourceColour = { transfer: 'sdr', primaries: null, matrix: null, range: 'limited', bitDepth: 8 };
const ordinary = plainVideo({ width: 1280, height: 720, pixelFormat: 'yuv420p', colour });
const sourceOf = (video: SourceVideo) => requireVideo(plainSource({ video }));
const rung = { kind: 'video', name: '480p', codec: 'h264', width: 854, height: 480, bitDepth: 8 } as VideoRendition;
const filtersOf = (video: SourceVideo, rendition = rung): string => rungFilters(sourceOf(video), rendition);

test('an ordinary picture is made smaller by zscale, told what its colours are and of an even size', () => {
  expect(filtersOf(ordinary)).toMatch(
    /^setparams=range=limited:[^,]*,crop,zscale=854:480:f=bicubic:param_a=0:param_b=0.6,setsar=1,/,
  );
});

test.each<[string, SourceVideo, VideoRendition]>([
  ['that has the size', ordinary, { ...rung, width: 1280, height: 720 }],
  ['of full range', { ...ordinary, colour: { ...colour, range: 'full' } }, rung],
  ['of RGB', { ...ordinary, pixelFormat: 'gbrp' }, rung],
  ['of twice the colour', { ...ordinary, pixelFormat: 'yuv422p' }, rung],
  ['of 10 bits', { ...ordinary, pixelFormat: 'yuv420p10le', colour: { ...colour, bitDepth: 10 } }, rung],
  ['for a rung of 10 bits', ordinary, { ...rung, bitDepth: 10 }],
  ['whose light was mapped', { ...ordinary, colour: { ...colour, transfer: 'pq' } }, rung],
])('a picture %s stays with the scaler that computes its samples', (_, video, rendition) => {
  expect(filtersOf(video, rendition)).toMatch(new RegExp(`^scale=${rendition.width}:${rendition.height}:flags=bicubic:`));
});
