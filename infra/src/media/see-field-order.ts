import type { FieldOrder } from '@streamflix/contracts';
import { guardedInput } from './input-args.ts';
import { ProcessFailure } from './process.ts';
import { type MediaConfig, runTool } from './tool.ts';

/** Codecs that have no fields. */
const progressiveCodecs = new Set(['vp6', 'vp6f', 'vp8', 'vp9', 'av1', 'hevc', 'theora', 'flv1', 'h263', 'gif', 'png']);
/** Some seconds from the first third, where there are pictures that move; about a second of work. */
const looked = { pictures: 150, from: 1 / 3 };
const timing = { stallMs: 60_000, timeLimitMs: 120_000 };

interface Looked {
  path: string;
  demuxer: string;
  media: MediaConfig;
  signal: AbortSignal;
}

const verdict = /Multi frame detection: TFF:\s*(\d+) BFF:\s*(\d+) Progressive:\s*(\d+)/;

/** What the lines of ffmpeg's idet filter come to: pictures that are told apart, by majority. */
export function readFieldOrder(lines: readonly string[]): FieldOrder {
  const [, top = '0', bottom = '0', progressive = '0'] = lines.map((line) => verdict.exec(line)).find((found) => found) ?? [];
  if (Number(top) + Number(bottom) <= Number(progressive)) return 'progressive';
  return Number(top) >= Number(bottom) ? 'top-first' : 'bottom-first';
}

/** The order of fields from the pictures themselves, where the stream does not tell it: old camcorder files seldom do. */
export async function seeFieldOrder(
  { path, demuxer, media, signal }: Looked,
  codec: string,
  durationSeconds: number,
): Promise<FieldOrder> {
  if (progressiveCodecs.has(codec)) return 'progressive';
  const args = [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'info', '-progress', 'pipe:1'],
    ...[...guardedInput(demuxer), '-ss', String(durationSeconds * looked.from), '-i', path],
    ...['-map', '0:V:0', '-vf', 'idet', '-frames:v', String(looked.pictures), '-f', 'null', '-'],
  ];
  try {
    const { stderr } = await runTool(media, 'ffmpeg', { args, readOnlyPaths: [path], signal, ...timing });
    return readFieldOrder(stderr);
  } catch (error) {
    // What cannot be decoded here is refused when it is encoded, with the reason.
    if (signal.aborted || !(error instanceof ProcessFailure)) throw error;
    return 'progressive';
  }
}
