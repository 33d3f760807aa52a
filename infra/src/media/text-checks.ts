import { chapterFiles, listChapters } from './chapters.ts';
import type { Check } from './manifest-checks.ts';
import { segmentCues } from './web-vtt.ts';

const writtenSeconds = 0.002;
/** Times of cues are whole milliseconds. */
const writtenMs = 1;

/** Segments lie on the grid of the pictures, end with them, and hold the cues of their time. */
export const textIsWhole: Check = ({ text, cues, hls, plan }) => {
  const { durationSeconds } = plan.source;
  return text.flatMap(({ name }) => {
    const track = hls.tracks.find((each) => each.name === name);
    const read = cues.get(name);
    if (track === undefined || read === undefined) return [];
    const planned = segmentCues(read.whole, plan.segmentSeconds, durationSeconds);
    const expected = planned.map((_, index) => Math.min(plan.segmentSeconds, durationSeconds - index * plan.segmentSeconds));
    const wrongTimes = track.segments.filter(
      (segment, index) => Math.abs(segment.durationSeconds - (expected[index] ?? 0)) > writtenSeconds,
    );
    const wrongCues = planned.flatMap((some, index) =>
      JSON.stringify(some) === JSON.stringify(read.segments[index] ?? [])
        ? []
        : [`segment ${index + 1} of ${name} lacks its cues`],
    );
    const outside = read.whole.filter(({ endMs }) => endMs > durationSeconds * 1000 + writtenMs);
    return [
      ...(track.segments.length === planned.length
        ? []
        : [`${name} has ${track.segments.length} segments instead of ${planned.length}`]),
      ...wrongTimes.map((segment) => `${segment.path} is told as ${segment.durationSeconds} s, off the grid`),
      ...wrongCues,
      ...outside.map(({ startMs }) => `${name} has a cue at ${startMs} ms that ends after the video`),
    ];
  });
};

/** The chapters of the source are there for both kinds of players, or there are none. */
export const chaptersAreAsPlanned: Check = ({ plan, files, hls }) => {
  const isPlanned = listChapters(plan.source).length > 0;
  const missing = Object.values(chapterFiles).filter((path) => files.has(path) !== isPlanned);
  return [
    ...missing.map((path) => (isPlanned ? `${path} is missing` : `${path} is there, and the source has no chapters`)),
    ...((hls.chapters !== null) === isPlanned ? [] : [`HLS tells ${hls.chapters ?? 'no chapters'}`]),
  ];
};
