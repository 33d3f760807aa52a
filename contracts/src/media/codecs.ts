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

/** Kinds of devices that encode, those that are taken before others first. */
export const deviceKinds = ['nvenc', 'qsv', 'vaapi'] as const;
export type DeviceKind = (typeof deviceKinds)[number];

/** Codecs that devices encode; of 8 bits alone, for more differs from device to device. */
export const deviceCodecs = ['h264', 'hevc', 'av1'] as const satisfies readonly VideoCodec[];
/** ffmpeg's names of encoders on devices. */
export type DeviceEncoder = `${(typeof deviceCodecs)[number]}_${DeviceKind}`;

export const encoderCapability = (name: string): string => `encoder:${name}`;

/** The encoder on a device that workers with these capabilities have for a codec. */
export function deviceEncoderOf(
  { codec, bitDepth }: { codec: VideoCodec; bitDepth: number },
  capabilities: readonly string[],
): DeviceEncoder | undefined {
  const known = bitDepth === 8 ? deviceCodecs.find((each) => each === codec) : undefined;
  if (known === undefined) return undefined;
  const names = deviceKinds.map((kind): DeviceEncoder => `${known}_${kind}`);
  return names.find((name) => capabilities.includes(encoderCapability(name)));
}

/** What every worker of the encode pool can do, so that no task has to ask for it. */
const everywhere = codecTraits.h264.encoder;

/** The capabilities a worker must report to encode these renditions. */
export function encodersRequired(renditions: Iterable<{ codec: VideoCodec; encoder?: DeviceEncoder }>): string[] {
  const names = [...renditions].map(({ codec, encoder }): string => encoder ?? codecTraits[codec].encoder);
  return [...new Set(names)].filter((name) => name !== everywhere).map(encoderCapability);
}
