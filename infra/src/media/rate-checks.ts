import { groupsOf } from './hls-master.ts';
import type { Check } from './manifest-checks.ts';
import { type Rates, ratesOf } from './media-checks.ts';
import type { PackageView } from './package-view.ts';
import type { Variant } from './read-manifests.ts';

const tolerance = 0.05;

const ratesOfTrack = (view: PackageView, name: string): Rates | null => {
  const media = view.media.get(name);
  return media === undefined ? null : ratesOf(media, view.plan.segmentSeconds);
};

/** The rates of all that a variant plays: its pictures, and of its sound the members of the group. Null where not all could be read. */
function ratesOfVariant(view: PackageView, { track, audioGroup }: Variant): { video: Rates | null; audio: Rates[] } | null {
  const isSound = view.audio.some(({ name }) => name === track);
  const video = isSound ? null : ratesOfTrack(view, track);
  const members = [...groupsOf(view.audio)].find(([group]) => group === audioGroup)?.[1] ?? [];
  const audio = members.map(({ name }) => ratesOfTrack(view, name));
  const isKnown = audio.every((rates) => rates !== null) && (isSound || video !== null);
  return isKnown ? { video, audio: audio.filter((rates) => rates !== null) } : null;
}

function compare(teller: string, told: number | null, from: number, to: number): string[] {
  return told !== null && told >= from * (1 - tolerance) && told <= to * (1 + tolerance)
    ? []
    : [`${teller} tells ${told} bit/s, it takes ${Math.round(from)} to ${Math.round(to)}`];
}

const largest = (numbers: readonly number[]): number => Math.max(0, ...numbers);

/** A player picks a rung by the peak rate it is told: too low and it stalls, far too high and it never dares. */
export const bandwidthsArePlausible: Check = (view) => [
  ...view.hls.variants.flatMap((variant) => {
    const rates = ratesOfVariant(view, variant);
    if (rates === null) return [];
    const { video, audio } = rates;
    const from = (video?.peakBitsPerSecond ?? 0) + largest(audio.map(({ peakBitsPerSecond }) => peakBitsPerSecond));
    const to = (video?.highestBitsPerSecond ?? 0) + largest(audio.map(({ highestBitsPerSecond }) => highestBitsPerSecond));
    return compare(`HLS of ${variant.track}`, variant.bandwidth, from, to);
  }),
  ...[...view.video, ...view.audio].flatMap(({ name }) => {
    const rates = ratesOfTrack(view, name);
    const told = view.dash.tracks.filter((track) => track.name === name);
    return rates === null
      ? []
      : told.flatMap(({ bandwidth }) =>
          compare(`DASH of ${name}`, bandwidth, rates.peakBitsPerSecond, rates.highestBitsPerSecond),
        );
  }),
];

/** The average is what a download takes; it is never above the peak. */
export const averagesAreTrue: Check = (view) =>
  view.hls.variants.flatMap((variant) => {
    const { track, bandwidth, averageBandwidth } = variant;
    if (averageBandwidth === null) return [`HLS tells no average rate of ${track}`];
    if (averageBandwidth > bandwidth)
      return [`HLS tells an average of ${averageBandwidth} above the peak of ${bandwidth} for ${track}`];
    const rates = ratesOfVariant(view, variant);
    if (rates === null) return [];
    const sound = rates.audio.map(({ averageBitsPerSecond }) => averageBitsPerSecond);
    const expected = (rates.video?.averageBitsPerSecond ?? 0) + largest(sound);
    return compare(`HLS of ${track} as average`, averageBandwidth, expected, expected);
  });
