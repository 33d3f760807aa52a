import { countSegments } from '@streamflix/contracts';

/** Cues and WebVTT (W3C). The text of a cue is what an uploader wrote: it is escaped where a cue is made, and never anything but text. */
export interface Cue {
  startMs: number;
  endMs: number;
  /** Escaped, with no tags but b, i and u, and no empty line. */
  markup: string;
  /** Shown at the top of the picture rather than at its foot. */
  isAtTop?: boolean;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
export const escapeText = (text: string): string => text.replace(/[&<>]/g, (character) => entities[character] ?? character);

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

function timeOf(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${pad(hours, 2)}:${pad(minutes, 2)}:${pad(seconds % 60, 2)}.${pad(ms % 1000, 3)}`;
}

const writeCue = ({ startMs, endMs, markup, isAtTop = false }: Cue): string =>
  `${timeOf(startMs)} --> ${timeOf(endMs)}${isAtTop ? ' line:0' : ''}\n${markup}\n`;

/** A file of cues; `headers` go below the signature. */
export const writeWebVtt = (cues: readonly Cue[], headers: readonly string[] = []): string =>
  [['WEBVTT', ...headers, ''].join('\n'), ...cues.map(writeCue)].join('\n');

const timing = /^(\d{2,}):(\d\d):(\d\d)\.(\d{3}) --> (\d{2,}):(\d\d):(\d\d)\.(\d{3})(.*)$/;

function toMs(parts: readonly (string | undefined)[]): number {
  const [hours = 0, minutes = 0, seconds = 0, ms = 0] = parts.map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
}

function readCue(block: string): Cue {
  const [first = '', ...lines] = block.split('\n');
  const times = timing.exec(first);
  if (times === null) throw new Error(`no cue begins with "${first.slice(0, 40)}"`);
  const cue = { startMs: toMs(times.slice(1, 5)), endMs: toMs(times.slice(5, 9)), markup: lines.join('\n') };
  if (cue.endMs <= cue.startMs) throw new Error(`a cue ends before it begins: ${first}`);
  if (/<(?!\/?[biu]>)|-->/.test(cue.markup)) throw new Error(`a cue holds more than text: ${first}`);
  return times[9] === '' ? cue : { ...cue, isAtTop: true };
}

/** Reads what `writeWebVtt` writes and nothing else. Throws an Error that says what is wrong. */
export function readWebVtt(text: string): Cue[] {
  const [header = '', ...blocks] = text.split(/\n\n+/);
  if (!/^WEBVTT(\n|$)/.test(header)) throw new Error('it has no WebVTT signature');
  return blocks.map((block) => block.trimEnd()).flatMap((block) => (block === '' ? [] : [readCue(block)]));
}

/** The cues of each segment of a track; one that goes over a boundary is in both. Times stay those of the whole. */
export function segmentCues(cues: readonly Cue[], segmentSeconds: number, durationSeconds: number): Cue[][] {
  const count = countSegments(durationSeconds, segmentSeconds);
  return Array.from({ length: count }, (_, index) => {
    const from = index * segmentSeconds * 1000;
    const to = index === count - 1 ? Number.POSITIVE_INFINITY : from + segmentSeconds * 1000;
    return cues.filter(({ startMs, endMs }) => startMs < to && endMs > from);
  });
}
