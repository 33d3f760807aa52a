import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TextRendition } from '@streamflix/contracts';
import { labelTracks, packagedLanguage } from './track-labels.ts';
import { type Cue, readWebVtt, segmentCues, writeWebVtt } from './web-vtt.ts';

/** The whole track in one file, beside its segments: for DASH, and for whoever wants the text. */
export const wholeTextName = 'subtitles.vtt';
/** RFC 8216, 3.5: which moment of the pictures is zero of the cues. */
const timeMap = 'X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000';

const segmentName = (index: number): string => `seg-${String(index + 1).padStart(5, '0')}.vtt`;

export interface TextPackage {
  text: readonly { rendition: TextRendition; path: string }[];
  outputDir: string;
  segmentSeconds: number;
  durationSeconds: number;
}

function playlistOf(count: number, segmentSeconds: number, durationSeconds: number): string {
  const lengths = Array.from({ length: count }, (_, index) =>
    Math.min(segmentSeconds, durationSeconds - index * segmentSeconds).toFixed(3),
  );
  return [
    ...['#EXTM3U', '#EXT-X-VERSION:6', `#EXT-X-TARGETDURATION:${Math.ceil(segmentSeconds)}`, '#EXT-X-PLAYLIST-TYPE:VOD'],
    ...lengths.flatMap((seconds, index) => [`#EXTINF:${seconds},`, segmentName(index)]),
    ...['#EXT-X-ENDLIST', ''],
  ].join('\n');
}

/** Writes each track as segments on the grid of the pictures, their playlist, and whole. */
export async function writeTextTracks({ text, outputDir, segmentSeconds, durationSeconds }: TextPackage): Promise<void> {
  for (const { rendition, path } of text) {
    const dir = join(outputDir, rendition.name);
    await mkdir(dir, { recursive: true });
    const cues: Cue[] = readWebVtt(await readFile(path, 'utf8'));
    const segments = segmentCues(cues, segmentSeconds, durationSeconds);
    for (const [index, some] of segments.entries()) await writeFile(join(dir, segmentName(index)), writeWebVtt(some, [timeMap]));
    await writeFile(join(dir, 'playlist.m3u8'), playlistOf(segments.length, segmentSeconds, durationSeconds));
    await writeFile(join(dir, wholeTextName), writeWebVtt(cues));
  }
}

const roleOf = ({ isForced, forHearingImpaired }: TextRendition): string =>
  isForced ? 'forced-subtitle' : forHearingImpaired ? 'caption' : 'subtitle';

/** The packager cannot put a whole file beside segmented tracks, so the text's part of the DASH manifest is ours. */
export function addTextToDash(mpd: string, text: readonly TextRendition[]): string {
  const labels = labelTracks(text, 'Subtitles');
  const before = mpd.match(/<AdaptationSet /g)?.length ?? 0;
  const sets = text.map((rendition, index) => {
    const { name, language, sourceIndex } = rendition;
    const spoken = packagedLanguage(language);
    return [
      `    <AdaptationSet id="${before + index}" contentType="text" mimeType="text/vtt"${spoken === null ? '' : ` lang="${spoken}"`}>`,
      `      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="${roleOf(rendition)}"/>`,
      `      <Label>${labels.get(sourceIndex) ?? name}</Label>`,
      `      <Representation id="${name}" bandwidth="1000">`,
      `        <BaseURL>${name}/${wholeTextName}</BaseURL>`,
      '      </Representation>',
      '    </AdaptationSet>',
      '',
    ].join('\n');
  });
  return mpd.replace(/ *<\/Period>/, (end) => sets.join('') + end);
}
