import { z } from 'zod';
import { codecTraits, type VideoCodec } from './codecs.ts';

/** What is to be made of a source. A document that says little is an ordinary profile: every field has a default. */

const depths = { h264: [8], hevc: [8, 10], av1: [8, 10], vp9: [8, 10] } as const satisfies Record<VideoCodec, readonly number[]>;

/** A member per codec, for each has presets of its own. H.264 of 10 bit plays nowhere. */
function settingsOf<C extends VideoCodec>(codec: C) {
  const { presets, preset, crf, highestCrf } = codecTraits[codec];
  return z.strictObject({
    codec: z.literal(codec),
    preset: z.enum<readonly string[]>(presets).default(preset).meta({ description: 'From the fastest to the slowest.' }),
    crf: z
      .int()
      .min(0)
      .max(highestCrf)
      .default(crf)
      .meta({ description: 'Constant quality of the encoder: lower is better and larger.' }),
    bitDepth: z.literal<readonly (8 | 10)[]>(depths[codec]).default(8).meta({ description: 'Of a sample; always 4:2:0.' }),
    required: z.boolean().default(true).meta({ description: 'Else a job completes without it.' }),
    hardware: z.boolean().default(false).meta({
      description: 'Whether a device encodes it where the platform has one for it; what fails there is encoded in software.',
    }),
  });
}

const codecSettingsSchema = z.discriminatedUnion('codec', [
  settingsOf('h264'),
  settingsOf('hevc'),
  settingsOf('av1'),
  settingsOf('vp9'),
]);

const rungSchema = z.strictObject({
  shortSide: z
    .int()
    .min(64)
    .max(4320)
    .multipleOf(2)
    .meta({ description: 'Of the picture as displayed. It names the rung: 720p.' }),
  ceilingKbps: z
    .int()
    .min(50)
    .max(200_000)
    .meta({ description: 'Of H.264 at up to 30 frames a second. Higher rates get more, other codecs less.' }),
  required: z.boolean().default(true).meta({ description: 'Else a job completes without it when it cannot be made.' }),
});

export type ProfileRung = z.output<typeof rungSchema>;
export type CodecSettings = z.output<typeof codecSettingsSchema>;

export const standardRungs: ProfileRung[] = [
  [2160, 20_000],
  [1440, 10_000],
  [1080, 5_000],
  [720, 2_800],
  [480, 1_400],
  [360, 800],
  [240, 400],
].map(([shortSide = 0, ceilingKbps = 0]) => ({ shortSide, ceilingKbps, required: true }));

const ascending = (rungs: readonly ProfileRung[]): ProfileRung[] => rungs.toSorted((a, b) => a.shortSide - b.shortSide);

const rungsSchema = z
  .array(rungSchema)
  .min(1)
  .max(12)
  .refine((rungs) => new Set(rungs.map(({ shortSide }) => shortSide)).size === rungs.length, 'names a rung twice')
  .refine(
    (rungs) => ascending(rungs).every(({ ceilingKbps }, index, all) => ceilingKbps >= (all[index - 1]?.ceilingKbps ?? 0)),
    'a larger rung has a lower ceiling than a smaller one',
  );

const limitsSchema = z
  .strictObject({
    minLongSide: z.int().min(2).max(8192).optional(),
    minShortSide: z.int().min(2).max(8192).optional(),
    minSeconds: z.number().min(0).max(86_400).optional(),
    maxSeconds: z.number().positive().max(86_400).optional(),
    maxBytes: z.int().positive().optional(),
    maxPixels: z.int().positive().optional(),
  })
  .meta({ description: 'Narrower than those of the installation; wider ones change nothing.' });

const audioSchema = z.strictObject({
  loudnessLufs: z
    .number()
    .min(-40)
    .max(-5)
    .nullable()
    .default(null)
    .meta({ description: 'Integrated loudness (EBU R 128) every track is brought to, such as -16; null leaves it as it is.' }),
  surround: z
    .boolean()
    .default(true)
    .meta({ description: 'Whether a source with surround sound keeps it, beside the stereo track.' }),
});

/** How far a quotient may lie from a whole number and still be one: of decimals that binary does not know. */
const wholeTolerance = 1e-6;
const isMultiple = (long: number, short: number): boolean =>
  Math.abs(long / short - Math.round(long / short)) < wholeTolerance && long / short > 1 - wholeTolerance;

export const profileSchema = z
  .strictObject({
    description: z.string().max(500).default(''),
    rungs: rungsSchema.default(standardRungs),
    nativeTop: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether a source between two rungs gets one of its own size, such as 900p.' }),
    codecs: z
      .array(codecSettingsSchema)
      .min(1)
      .max(4)
      .refine((codecs) => new Set(codecs.map(({ codec }) => codec)).size === codecs.length, 'names a codec twice')
      .prefault([{ codec: 'h264' }])
      .meta({ description: 'Every rung is made in each.' }),
    segmentSeconds: z
      .number()
      .min(1)
      .max(20)
      .default(6)
      .meta({ description: 'About so long: whole frames come first, and the last segment is at least half a second.' }),
    gopSeconds: z
      .number()
      .min(0.5)
      .max(20)
      .default(2)
      .meta({ description: 'From keyframe to keyframe; segmentSeconds is a multiple.' }),
    audio: audioSchema.prefault({}),
    copy: z
      .boolean()
      .default(false)
      .meta({ description: 'Whether a stream that already is what its top rung should be is copied, not encoded again.' }),
    limits: limitsSchema.prefault({}),
  })
  .refine(({ segmentSeconds, gopSeconds }) => isMultiple(segmentSeconds, gopSeconds), {
    path: ['segmentSeconds'],
    message: 'must be a multiple of gopSeconds',
  })
  .meta({ id: 'Profile' });

export type Profile = z.output<typeof profileSchema>;
/** As somebody writes it: what is left out is as usual. */
export type ProfileDocument = z.input<typeof profileSchema>;

/** The names profiles may have. */
export const profileNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be 1 to 64 of a-z, 0-9, hyphen and underscore, and begin with a letter or digit')
  .meta({ examples: ['h264-hevc'] });

/** A profile as it was when a job was planned: later changes do not concern it. */
export interface NamedProfile {
  name: string;
  /** How often the tenant has written it; 0 for one that the platform brings. */
  version: number;
  profile: Profile;
}
