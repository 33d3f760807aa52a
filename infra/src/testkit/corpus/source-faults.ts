import type { SourceInfo } from '@streamflix/contracts';
import type { ExpectedPackage } from './entry.ts';

/** What the probe says about a source and should not. */
export function sourceFaults({ video, found = {} }: ExpectedPackage, source: SourceInfo): string[] {
  const seen = source.video;
  const pairs: [string, unknown, unknown][] = [
    ['width', video.width, seen?.width],
    ['height', video.height, seen?.height],
    ['order of fields', found.fieldOrder ?? 'progressive', seen?.fieldOrder],
    ['transfer', found.transfer ?? 'sdr', seen?.colour.transfer],
    ['bit depth', found.bitDepth, seen?.colour.bitDepth],
    ['rotation', found.rotation ?? 0, seen?.rotation],
    ['variable rate', found.isVariable ?? false, seen?.variableFrameRate],
    ['languages', found.languages?.join(), source.audio.map(({ language }) => language).join()],
    ['channels', found.channels, source.audio[0]?.channels],
    ['subtitles', (found.text ?? []).join(), source.text.map(({ format }) => format).join()],
    ['chapters', found.chapters ?? 0, source.chapters.length],
  ];
  return pairs
    .filter(([, expected, is]) => expected !== undefined && expected !== is)
    .map(([name, expected, is]) => `the ${name} should be ${expected} and is ${is}`);
}
