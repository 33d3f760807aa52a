import type { FoundSource } from '../generated/events.ts';
import { framesPerSecond } from './frame-grid.ts';
import type { SourceInfo, SourceVideo } from './source.ts';

/** A file may claim any number of them, and a title of any length; an event must fit into a message. */
const most = { tracks: 100, chapters: 500, titleCharacters: 200, languageCharacters: 35 };

const cut = (text: string | null, characters = most.titleCharacters): string | null =>
  text?.slice(0, characters).toWellFormed() ?? null;
const cutTags = ({ language, title }: { language: string | null; title: string | null }) => ({
  language: cut(language, most.languageCharacters),
  title: cut(title),
});

function describeVideo({ codec, width, height, frameRate, colour, ...video }: SourceVideo): NonNullable<FoundSource['video']> {
  const { rotation, variableFrameRate, fieldOrder, pixelFormat } = video;
  const { transfer, primaries, matrix, range, bitDepth } = colour;
  return {
    ...{ codec, width, height, frameRate: framesPerSecond(frameRate), variableFrameRate, fieldOrder, rotation, pixelFormat },
    ...{ bitDepth, transfer, primaries, matrix, range },
  };
}

/** What a source was found to be, as the outcome event tells it. */
export const describeSource = ({ container, sizeBytes, durationSeconds, ...source }: SourceInfo): FoundSource => ({
  ...{ container, sizeBytes, durationSeconds },
  video: source.video === null ? null : describeVideo(source.video),
  audio: source.audio.slice(0, most.tracks).map(({ codec, channels, layout, sampleRate, isDefault, ...tags }) => ({
    ...{ codec, channels, layout, sampleRate, isDefault },
    ...cutTags(tags),
  })),
  text: source.text.slice(0, most.tracks).map(({ codec, format, isForced, forHearingImpaired, ...tags }) => ({
    ...{ codec, format, isForced, forHearingImpaired },
    ...cutTags(tags),
  })),
  chapters: source.chapters
    .slice(0, most.chapters)
    .map(({ startSeconds, endSeconds, title }) => ({ startSeconds, endSeconds, title: cut(title) })),
});
