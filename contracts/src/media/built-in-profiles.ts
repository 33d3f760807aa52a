import { type NamedProfile, type ProfileDocument, profileSchema } from './profile.ts';

const builtIn: Record<string, ProfileDocument> = {
  default: { description: 'H.264 in every rung the source fills: plays everywhere.' },
  'h264-hevc': {
    description: 'H.264, and HEVC for those who play it. Completes without HEVC where that cannot be made.',
    codecs: [{ codec: 'h264' }, { codec: 'hevc', required: false }],
  },
  'h264-av1': {
    description: 'H.264, and AV1 for those who play it. Completes without AV1 where that cannot be made.',
    codecs: [{ codec: 'h264' }, { codec: 'av1', required: false }],
  },
  av1: { description: 'AV1 alone: the fewest bits, and the most work.', codecs: [{ codec: 'av1' }] },
  vp9: { description: 'VP9 alone.', codecs: [{ codec: 'vp9' }] },
  copy: { description: 'As default; a stream that fits is copied into its top rung instead of encoded again.', copy: true },
  preview: {
    description: 'One small rung, as fast as it goes.',
    rungs: [{ shortSide: 360, ceilingKbps: 800 }],
    nativeTop: false,
    codecs: [{ codec: 'h264', preset: 'ultrafast' }],
  },
};

const named = Object.entries(builtIn).map(
  ([name, document]): NamedProfile => ({ name, version: 0, profile: profileSchema.parse(document) }),
);

/** The profiles every tenant has, unless it has one of its own under the same name. */
export const builtInProfiles: ReadonlyMap<string, NamedProfile> = new Map(named.map((each) => [each.name, each]));

/** Of jobs that name none. */
export const defaultProfileName = 'default';
export const defaultProfile: NamedProfile = {
  name: defaultProfileName,
  version: 0,
  profile: profileSchema.parse(builtIn[defaultProfileName]),
};
