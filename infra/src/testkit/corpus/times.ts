import type { CorpusEntry } from './entry.ts';
import { aac, copy, evenly, everySecond, ffmpeg, h264, long, pictures, plain, rate, sound, whole } from './recipe.ts';

const usual = whole();
const both = [...pictures(), ...sound()];

/** Two recordings of three seconds, the second of which starts its clock anew. */
function spliced(name: string, secondBegins: number): CorpusEntry {
  const part = (first: number, from: number, file: string) =>
    ffmpeg(
      ...pictures({ first }),
      // Clicks go on being counted where the first part ended.
      ...[...sound(6), '-af', `atrim=start=${first / 25}:duration=3,asetpts=PTS-STARTPTS`],
      ...[...h264, '-g', '25', '-bf', '2', ...aac, '-output_ts_offset', String(from), file],
    );
  return {
    name,
    file: `${name}.ts`,
    steps: [
      part(0, 60, 'first.ts'),
      part(75, secondBegins, 'second.ts'),
      { does: 'append', from: ['first.ts', 'second.ts'], to: `${name}.ts` },
    ],
    expected: { video: whole({ seconds: 6 }), clicks: everySecond(6) },
  };
}

export const times: CorpusEntry[] = [
  {
    name: 'one-frame',
    file: 'one-frame.mp4',
    steps: [ffmpeg(...pictures({ seconds: 0.04 }), ...h264, 'one-frame.mp4')],
    expected: { refusal: 'SOURCE_TOO_SHORT' },
  },
  plain('under-a-second.mp4', { seconds: 0.6 }),
  plain('one-frame-more-than-a-segment.mp4', { seconds: 6.04 }),
  {
    name: 'edit-list-trims-the-start',
    file: 'edit-list-trims-the-start.mp4',
    steps: [
      ffmpeg(...pictures({ seconds: long }), ...sound(long), ...h264, ...aac, '-bf', '2', 'long.mp4'),
      // From a picture in the middle of its GOP: those before it are stored, and hidden by an edit list.
      ffmpeg('-ss', '1', '-i', 'long.mp4', ...copy, 'edit-list-trims-the-start.mp4'),
    ],
    expected: {
      video: whole({ seconds: long - 1 }, { pictures: evenly((long - 1) * 25, rate(25), { first: 25 }) }),
      clicks: everySecond(long, 1),
      clicksFrom: -1,
    },
  },
  {
    name: 'edit-list-delays-the-picture',
    file: 'edit-list-delays-the-picture.mp4',
    steps: [
      ffmpeg(...pictures(), ...h264, 'silent.mp4'),
      ffmpeg(
        '-itsoffset',
        '0.52',
        '-i',
        'silent.mp4',
        ...sound(4),
        '-map',
        '0',
        '-map',
        '1',
        '-c:v',
        'copy',
        ...aac,
        'delayed.mp4',
      ),
      ffmpeg('-i', 'delayed.mp4', ...copy, 'edit-list-delays-the-picture.mp4'),
    ],
    expected: {
      video: { ...usual, frames: 100, pictures: evenly(75, rate(25), { from: 0.52 }) },
      clicks: everySecond(4),
    },
  },
  // Its index is written before its first picture is known: pictures and sound begin when that leaves the decoder, two pictures late.
  plain('fragmented-from-the-begin.mp4', { args: ['-bf', '2', '-movflags', '+frag_keyframe+empty_moov+default_base_moof'] }),
  plain('negative-times.mp4', { args: ['-bf', '3', '-movflags', 'negative_cts_offsets', '-use_editlist', '0'] }),
  {
    name: 'begins-at-an-hour',
    file: 'begins-at-an-hour.mkv',
    steps: [ffmpeg(...both, ...h264, ...aac, '-output_ts_offset', '3600', 'begins-at-an-hour.mkv')],
    expected: { video: usual, clicks: everySecond(3) },
  },
  spliced('clock-jumps-back', 5),
  spliced('clock-jumps-ahead', 500),
  plain('b-pyramid.mp4', { seconds: 8, args: ['-preset', 'veryfast', '-bf', '5', '-x264-params', 'b-pyramid=normal:b-adapt=0'] }),
  plain('open-gop.mp4', {
    seconds: 8,
    args: ['-preset', 'veryfast', '-bf', '3', '-x264-params', 'open-gop=1:keyint=24:b-adapt=0'],
  }),
  {
    name: 'sound-begins-late',
    file: 'sound-begins-late.mp4',
    steps: [
      ffmpeg(
        ...[...pictures({ seconds: long }), ...sound(long), '-af', 'atrim=start=1.3', ...h264, ...aac, 'sound-begins-late.mp4'],
      ),
    ],
    expected: { video: whole({ seconds: long }), clicks: everySecond(long, 2) },
  },
  {
    name: 'sound-ends-early',
    file: 'sound-ends-early.mp4',
    steps: [ffmpeg(...pictures(), ...sound(1.5), ...h264, ...aac, 'sound-ends-early.mp4')],
    expected: { video: usual, clicks: [0, 1] },
  },
  {
    name: 'sound-goes-on',
    file: 'sound-goes-on.mkv',
    steps: [ffmpeg(...pictures(), ...sound(5), ...h264, ...aac, 'sound-goes-on.mkv')],
    expected: { video: { ...usual, frames: 125 }, clicks: everySecond(5) },
  },
];
