/** The video codecs that a profile may ask for. */
export const videoCodecs = ['h264', 'hevc', 'av1', 'vp9'] as const;
export type VideoCodec = (typeof videoCodecs)[number];

const x26xPresets = ['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium', 'slow', 'slower', 'veryslow'] as const;

/** What is known of each codec's encoder; presets go from the fastest to the slowest. */
export const codecTraits = {
  h264: { encoder: 'libx264', presets: x26xPresets, preset: 'veryfast', crf: 23, highestCrf: 51, bitShare: 1 },
  hevc: { encoder: 'libx265', presets: x26xPresets, preset: 'veryfast', crf: 26, highestCrf: 51, bitShare: 0.7 },
  // Numbers, as these encoders count their presets.
  av1: {
    encoder: 'libsvtav1',
    presets: ['12', '11', '10', '9', '8', '7', '6', '5', '4'],
    preset: '10',
    crf: 35,
    highestCrf: 63,
    bitShare: 0.6,
  },
  vp9: {
    encoder: 'libvpx-vp9',
    presets: ['5', '4', '3', '2', '1', '0'],
    preset: '4',
    crf: 33,
    highestCrf: 63,
    bitShare: 0.7,
  },
} as const satisfies Record<
  VideoCodec,
  {
    /** ffmpeg's name of it. */
    encoder: string;
    presets: readonly string[];
    preset: string;
    crf: number;
    highestCrf: number;
    /** Bits it needs for the picture that H.264 makes of one. */
    bitShare: number;
  }
>;

/** What every worker of the encode pool can do, so that no task has to ask for it. */
const everywhere: VideoCodec = 'h264';

/** The capabilities a worker must report to encode these codecs. */
export const encodersRequired = (codecs: Iterable<VideoCodec>): string[] =>
  [...new Set(codecs)].filter((codec) => codec !== everywhere).map((codec) => `encoder:${codecTraits[codec].encoder}`);
