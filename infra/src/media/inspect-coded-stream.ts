import type { CodedStream, SourceInfo } from '@streamflix/contracts';
import { demuxerOf, guardedInput } from './input-args.ts';
import { ProcessFailure } from './process.ts';
import { type MediaConfig, runTool } from './tool.ts';

const timing = { stallMs: 60_000, timeLimitMs: 30 * 60_000 };

/** The same stream three times: whole, its IDR slices alone, its sequence parameters alone. Nothing is decoded. */
const outputs = { whole: 0, idr: 1, parameters: 2 };
const nalTypes = { idr: 5, sequenceParameters: 7 };

const codedStreamArgs = (path: string, source: SourceInfo): string[] => [
  ...['-hide_banner', '-nostdin', '-nostats', '-xerror', '-loglevel', 'error', '-copyts'],
  ...[...guardedInput(demuxerOf(source)), '-i', path],
  ...Object.keys(outputs).flatMap(() => ['-map', '0:V:0']),
  ...['-c', 'copy'],
  ...[`-bsf:v:${outputs.idr}`, `filter_units=pass_types=${nalTypes.idr}`],
  ...[`-bsf:v:${outputs.parameters}`, `filter_units=pass_types=${nalTypes.sequenceParameters}`],
  ...['-f', 'framecrc', 'pipe:1'],
];

/** Reads ffmpeg's framecrc: `#` lines of a header, then stream, dts, pts, duration, size, checksum. */
export class CodedStreamReader {
  readonly #header = new Map<string, string>();
  readonly #sizes: { pts: number; sizeBytes: number }[] = [];
  readonly #idr = new Set<number>();
  #hasParametersWithin = false;

  readonly addLine = (line: string): void => {
    const [, name, value] = /^#(\w+ \d+): (.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) this.#header.set(name, value);
    if (line.startsWith('#')) return;
    const [stream, , pts = Number.NaN, , sizeBytes = 0] = line.split(',').map(Number);
    if (stream === outputs.whole) this.#sizes.push({ pts, sizeBytes });
    if (stream === outputs.idr) this.#idr.add(pts);
    if (stream === outputs.parameters) this.#hasParametersWithin = true;
  };

  #numbers(name: string, separator: string): [number, number] {
    const [first = 0, second = 0] = (this.#header.get(`${name} ${outputs.whole}`) ?? '').split(separator).map(Number);
    return [first, second];
  }

  /** What was read; null where it is no video that one can tell anything of. */
  result(): CodedStream | null {
    const [numerator, denominator] = this.#numbers('tb', '/');
    const [width, height] = this.#numbers('dimensions', 'x');
    const [across, down] = this.#numbers('sar', '/');
    if (denominator === 0 || width === 0 || this.#sizes.length === 0) return null;
    return {
      width,
      height,
      // 0/1 says nothing, and means square.
      hasSquareSamples: across === 0 || across === down,
      hasParametersWithin: this.#hasParametersWithin,
      pictures: this.#sizes
        .toSorted((a, b) => a.pts - b.pts)
        .map(({ pts, sizeBytes }) => ({ seconds: (pts * numerator) / denominator, sizeBytes, isIdr: this.#idr.has(pts) })),
    };
  }
}

/** Looks at every coded picture of an H.264 source; it costs reading the file once. Null for one that cannot be read so: it is encoded. */
export async function inspectCodedStream(
  path: string,
  source: SourceInfo,
  { media, signal }: { media: MediaConfig; signal: AbortSignal },
): Promise<CodedStream | null> {
  const reader = new CodedStreamReader();
  const args = codedStreamArgs(path, source);
  try {
    await runTool(media, 'ffmpeg', { args, readOnlyPaths: [path], signal, ...timing, onStdoutLine: reader.addLine });
    return reader.result();
  } catch (error) {
    if (signal.aborted || !(error instanceof ProcessFailure)) throw error;
    return null;
  }
}
