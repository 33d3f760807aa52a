import type { SourceVideo } from '@streamflix/contracts';

/** What the samples of the output mean, in ffmpeg's names. */
export interface OutputColour {
  primaries: string;
  transfer: string;
  matrix: string;
}

const highDefinition: OutputColour = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709' };
/** The curve of both is that of BT.601, which is that of BT.709. */
const ntsc: OutputColour = { primaries: 'smpte170m', transfer: 'smpte170m', matrix: 'smpte170m' };
const pal: OutputColour = { primaries: 'bt470bg', transfer: 'smpte170m', matrix: 'bt470bg' };

const byMatrix: Record<string, OutputColour> = { bt709: highDefinition, smpte170m: ntsc, bt470bg: pal };
const wide = /^bt2020/;
const palHeight = 576;
const largestStandardWidth = 1279;

/** What players take an untagged picture for: standard definition by its size, PAL by its lines, else high definition. */
function guess({ width, height }: SourceVideo): OutputColour {
  if (height > palHeight || width > largestStandardWidth) return highDefinition;
  return height === palHeight ? pal : ntsc;
}

/** Whether colours must be computed anew: light beyond what ordinary video shows, or colours outside its triangle. */
export const needsConversion = ({ colour: { transfer, primaries, matrix } }: SourceVideo): boolean =>
  transfer !== 'sdr' || wide.test(primaries ?? '') || wide.test(matrix ?? '');

/** What all rungs are made in and tagged as: the source's own kind of ordinary colours, else BT.709. Players guess where no tag tells. */
export function outputColour(video: SourceVideo): OutputColour {
  if (needsConversion(video)) return highDefinition;
  const { matrix, primaries } = video.colour;
  const own = byMatrix[matrix ?? ''] ?? guess(video);
  return byMatrix[primaries ?? ''] === undefined ? own : { ...own, primaries: primaries ?? own.primaries };
}

/** zscale's names of the two curves; the linear light in between is in units of 100 nits, the white of ordinary video. */
const curves = { pq: 'smpte2084', hlg: 'arib-std-b67', sdr: 'bt709' } as const;

/**
 * To BT.709 from whatever it is, in linear light. Bright light is rolled off rather than cut, and colours are brought into the smaller
 * triangle first, so that they keep their hue. Reads the tags that the probe read: frames of some decoders carry none.
 */
export function convertColours({ colour: { transfer, primaries, matrix, range } }: SourceVideo): string[] {
  const from = [
    `pin=${primaries ?? 'bt2020'}`,
    `min=${matrix === null || matrix === 'bt2020nc' ? '2020_ncl' : matrix === 'bt2020c' ? '2020_cl' : matrix}`,
    `tin=${curves[transfer]}`,
    `rin=${range}`,
  ].join(':');
  const to = 'm=bt709:t=bt709:r=limited';
  if (transfer === 'sdr') return [`zscale=${from}:p=bt709:${to}`];
  return [`zscale=${from}:t=linear:npl=100`, ...['format=gbrpf32le', 'zscale=p=bt709', 'tonemap=hable:desat=0'], `zscale=${to}`];
}

/** swscale's name of a matrix. */
const scalerMatrix = (matrix: string): string => (matrix === 'bt470bg' ? 'bt470' : matrix);

/** Whether rungs of eight bits are made of such samples: then only their number changes, and in the right size nothing. */
export const isOrdinary = (video: SourceVideo): boolean =>
  !needsConversion(video) && video.pixelFormat === 'yuv420p' && video.colour.range === 'limited';

/** How the scaler is to read and write samples: 4:2:0 of limited range in the output's matrix, also from RGB and full range. */
export function scalerColours(video: SourceVideo): string {
  // Told of a matrix, the scaler copies even a picture of the right size.
  if (isOrdinary(video)) return 'in_range=limited:out_range=limited';
  const matrix = scalerMatrix(outputColour(video).matrix);
  const range = needsConversion(video) ? 'limited' : video.colour.range;
  return `in_color_matrix=${matrix}:out_color_matrix=${matrix}:in_range=${range}:out_range=limited`;
}

/** Tags that encoders write into the stream. */
export function tagColours(video: SourceVideo): string {
  const { primaries, transfer, matrix } = outputColour(video);
  return `setparams=range=limited:color_primaries=${primaries}:color_trc=${transfer}:colorspace=${matrix}`;
}

/** From a rung to a JPEG, which has one kind of colours: BT.601 at full range. */
export const stillColours = (video: SourceVideo): string =>
  `in_color_matrix=${scalerMatrix(outputColour(video).matrix)}:out_color_matrix=bt601:in_range=limited:out_range=full`;
