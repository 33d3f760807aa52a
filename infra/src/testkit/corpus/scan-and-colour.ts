import type { CorpusEntry, ExpectedPackage, Step } from './entry.ts';
import { aac, evenly, everySecond, ffmpeg, h264, pictures, plain, rate, sound, whole } from './recipe.ts';

const fields = pictures({ frameRate: rate(50), framed: true });

/** Fifty fields a second in twenty-five pictures, each field of another number; shown is the first of each pair. */
function interlaced(name: string, file: string, scan: 'tff' | 'bff', args: string[]): CorpusEntry {
  const expected: ExpectedPackage = {
    video: whole({}, { pictures: evenly(75, rate(25), { step: 2 }) }),
    clicks: everySecond(3),
    found: { fieldOrder: scan === 'tff' ? 'top-first' : 'bottom-first' },
  };
  const weave = ['-vf', `interlace=scan=${scan}:lowpass=off`, '-flags', '+ildct+ilme'];
  return { name, file, steps: [ffmpeg(...fields, ...sound(), ...weave, ...args, file)], expected };
}

interface Tags {
  primaries: string;
  transfer: string;
  matrix: string;
}

const tagged = ({ primaries, transfer, matrix }: Tags): string[] => [
  ...['-color_primaries', primaries, '-color_trc', transfer, '-colorspace', matrix],
];
const hevc10 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p10le', '-tag:v', 'hvc1'];
const bt709 = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709' };

/**
 * White paper as it is graded: 203 nits, which is 58 % of the PQ signal and 75 % of the HLG one (ITU-R BT.2408). Its tint comes out nearer to grey
 * by a sixth where nobody brings it from the wide triangle of colours into the ordinary one: the bounds lie between.
 */
function highRange(name: 'pq' | 'hlg', transfer: string, white: string, saturation: readonly [number, number]): CorpusEntry {
  const file = `${name}.mp4`;
  const tags = { primaries: 'bt2020', transfer, matrix: 'bt2020nc' };
  const names = { primaries: 'bt2020', transfer, colorspace: 'bt2020nc', 'colour-transfer': transfer };
  const x265 = `log-level=error:colorprim=${names.primaries}:transfer=${names.transfer}:colormatrix=${names.colorspace}`;
  const steps: Step[] = [
    ffmpeg(
      ...pictures({ white, pixelFormat: 'yuv420p10le' }),
      ...sound(),
      ...hevc10,
      ...tagged(tags),
      ...['-x265-params', x265],
      ...aac,
      file,
    ),
  ];
  return {
    name,
    file,
    steps,
    expected: {
      video: whole({}, { colour: { ...bt709, white: [168, 178], saturation } }),
      clicks: everySecond(3),
      found: { transfer: name, bitDepth: 10 },
    },
  };
}

export const scanAndColour: CorpusEntry[] = [
  interlaced('interlaced-tff', 'interlaced-tff.mp4', 'tff', [...h264, '-x264-params', 'tff=1', ...aac]),
  interlaced('interlaced-bff', 'interlaced-bff.ts', 'bff', ['-c:v', 'mpeg2video', '-b:v', '4M', '-g', '12', ...aac]),
  interlaced('interlaced-untagged', 'interlaced-untagged.avi', 'tff', ['-c:v', 'mpeg4', '-b:v', '4M', '-c:a', 'pcm_s16le']),
  plain('ten-bit.mkv', { pixelFormat: 'yuv420p10le', args: hevc10, found: { bitDepth: 10, transfer: 'sdr' } }),
  highRange('pq', 'smpte2084', '0x949480', [26, 31]),
  highRange('hlg', 'arib-std-b67', '0xBFBFA0', [23.5, 28]),
  plain('full-range.mp4', {
    pixelFormat: 'yuv420p',
    args: ['-vf', 'scale=in_range=limited:out_range=full,format=yuvj420p', '-pix_fmt', 'yuvj420p'],
    video: { colour: { primaries: 'smpte170m', transfer: 'smpte170m', matrix: 'smpte170m', white: [230, 240] } },
  }),
  plain('pal-colours.mp4', {
    width: 768,
    height: 576,
    args: tagged({ primaries: 'bt470bg', transfer: 'bt709', matrix: 'bt470bg' }),
    video: { colour: { primaries: 'bt470bg', transfer: 'smpte170m', matrix: 'bt470bg', white: [230, 240] } },
  }),
  plain('rgb.mkv', {
    width: 1280,
    height: 720,
    pixelFormat: 'gbrp',
    args: ['-c:v', 'libx264rgb', '-pix_fmt', 'rgb24', '-crf', '10'],
    video: { colour: { ...bt709, white: [230, 240] } },
  }),
];
