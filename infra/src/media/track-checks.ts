import { groupsOf } from './hls-master.ts';
import type { Check } from './manifest-checks.ts';
import type { PackageView } from './package-view.ts';
import type { Offer } from './read-manifests.ts';
import { packagedLanguage } from './track-labels.ts';

type Told = Pick<Offer, 'language' | 'isDefault' | 'isForced' | 'forHearingImpaired' | 'channels'>;

/** What every offer of a track must say. */
function plannedOffers({ audio, text }: PackageView): Map<string, Told> {
  const ofSound = audio.map(({ name, language, isDefault, channels }): [string, Told] => [
    name,
    { language: packagedLanguage(language), isDefault, isForced: false, forHearingImpaired: false, channels },
  ]);
  const ofText = text.map(({ name, language, isForced, forHearingImpaired }): [string, Told] => [
    name,
    { language: packagedLanguage(language), isDefault: false, isForced, forHearingImpaired, channels: null },
  ]);
  return new Map([...ofSound, ...ofText]);
}

const tellers = ({ hls, dash }: PackageView): [string, Offer[]][] => [
  ['HLS', hls.offers],
  ['DASH', dash.offers],
];

/** Language, default, forced, for whom, and channels, as planned; in DASH a role says either forced or for whom. */
export const offersAreAsPlanned: Check = (view) =>
  tellers(view).flatMap(([teller, offers]) =>
    [...plannedOffers(view)].flatMap(([name, planned]) => {
      const told = offers.filter(({ track }) => track === name);
      if (told.length === 0) return [`${teller} offers ${name} to nobody`];
      const forbearing = teller === 'DASH' && planned.isForced;
      const keys = (Object.keys(planned) as (keyof Told)[]).filter((key) => !(forbearing && key === 'forHearingImpaired'));
      return told.flatMap((offer) =>
        keys
          .filter((key) => offer[key] !== planned[key])
          .map((key) => `${teller} tells ${key} of ${name} as ${offer[key]} instead of ${planned[key]}`),
      );
    }),
  );

const groupedBy = (offers: readonly Offer[]): Map<string, Offer[]> => Map.groupBy(offers, ({ group }) => group ?? '');

/** A person picks by the label: two of the same in one group are one to a player (RFC 8216, 4.3.4.1.1). */
export const labelsAreUnique: Check = ({ hls, dash }) => {
  const sets: [string, Offer[]][] = [
    ...[...groupedBy(hls.offers)].map(([group, offers]): [string, Offer[]] => [`HLS group ${group}`, offers]),
    ...(['audio', 'text'] as const).map((kind): [string, Offer[]] => [
      `DASH ${kind}`,
      dash.offers.filter((offer) => offer.kind === kind),
    ]),
  ];
  return sets.flatMap(([where, offers]) =>
    offers
      .filter(({ label }, index) => label === '' || offers.findIndex((other) => other.label === label) < index)
      .map(({ track, label }) => `${where} calls ${track} "${label}", which is no name of its own`),
  );
};

/** Every group has every track, and every rung can be played with every group. */
export const groupsAreComplete: Check = (view) => {
  const { hls, audio, text, video } = view;
  const planned = groupsOf(audio);
  const membersOf = (group: string | null): string[] =>
    hls.offers.filter((offer) => offer.group === group).map(({ track }) => track);
  const missing = [...planned].flatMap(([group, members]) =>
    members.filter(({ name }) => !membersOf(group).includes(name)).map(({ name }) => `group ${group} lacks ${name}`),
  );
  const groups = planned.size === 0 ? [null] : [...planned.keys()];
  const rungs = video.length > 0 ? video.map(({ name }) => name) : [null];
  const unplayable = rungs.flatMap((rung) =>
    groups
      .filter((group) => !hls.variants.some(({ track, audioGroup }) => audioGroup === group && (rung === null || track === rung)))
      .map((group) => `no variant plays ${rung ?? 'sound'} with ${group ?? 'no sound'}`),
  );
  const silent = hls.variants
    .filter(({ textGroup }) => text.some(({ name }) => !membersOf(textGroup).includes(name)))
    .map(({ track }) => `a variant of ${track} has not all subtitles`);
  return [...missing, ...unplayable, ...silent];
};

/** What is told of channels is what the decoder will find. */
export const channelsAreTrue: Check = (view) =>
  view.audio.flatMap(({ name, channels }) => {
    const held = view.media.get(name)?.init.channels;
    return held === undefined || held === channels ? [] : [`${name} holds ${held} channels instead of ${channels}`];
  });

/** A player in the middle of a stream may begin with any segment. */
export const segmentsAreIndependent: Check = ({ hls }) =>
  hls.hasIndependentSegments ? [] : ['EXT-X-INDEPENDENT-SEGMENTS is missing'];

export const videoRangesAreTrue: Check = (view) =>
  view.hls.variants.flatMap(({ track, videoRange }) => {
    const held = view.media.get(track)?.init.videoRange ?? null;
    return held === null || held === videoRange ? [] : [`${track} is told as ${videoRange} and holds ${held}`];
  });

export const keyframesAreThere: Check = (view) => [
  ...view.keyframeFaults,
  ...view.hls.iframes.flatMap(({ playlist, ranges }) => {
    const track = view.hls.tracks.find(({ name }) => name === playlist.split('/')[0]);
    const skipped = track?.segments.filter(({ path }) => !ranges.some((range) => range.path === path)) ?? [];
    return skipped.map(({ path }) => `${playlist} names no keyframe of ${path}`);
  }),
];
