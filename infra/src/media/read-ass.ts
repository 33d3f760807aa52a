import { type Cue, escapeText } from './web-vtt.ts';

/**
 * Reads the events of Advanced SubStation Alpha, which ffmpeg makes of any text subtitles: one event is one line, so that nothing inside
 * a text can begin another. Of its styles italics, bold, underline and the top of the picture are kept.
 */

const largest = { cues: 50_000, characters: 2_000 };
const styles = ['b', 'i', 'u'] as const;
type Style = (typeof styles)[number];

const eventPattern = /^Dialogue: \d+,(\d+):(\d\d):(\d\d)\.(\d\d),(\d+):(\d\d):(\d\d)\.(\d\d),(?:[^,]*,){6}(.*)$/;

function toMs(parts: readonly (string | undefined)[]): number {
  const [hours = 0, minutes = 0, seconds = 0, hundredths = 0] = parts.map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + hundredths * 10;
}

/** What a player could take for something else than a letter. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

const plain = (text: string): string =>
  text.replace(/\\N/g, '\n').replace(/\\n/g, ' ').replace(/\\h/g, '\u00a0').replace(controls, '');

/** \r resets all styles, and may name one; \be, \bord, \pos and others only begin like the ones we keep. */
const overrides = /\\(r|(?:an|[biup])(?=\d*(?![a-z(\d])))(\d*)/g;

function styled(text: string, active: ReadonlySet<Style>): string {
  const used = text.trim() === '' ? [] : styles.filter((style) => active.has(style));
  return (
    used.map((style) => `<${style}>`).join('') +
    escapeText(text) +
    used
      .toReversed()
      .map((style) => `</${style}>`)
      .join('')
  );
}

/** Override blocks change what follows: {\i1}, {\an8}; {\p1} begins a drawing, which is no text. */
function toMarkup(text: string): { markup: string; isAtTop: boolean } {
  const active = new Set<Style>();
  let isDrawing = false;
  let isAtTop = false;
  let markup = '';
  for (const part of text.slice(0, largest.characters).split(/(\{[^}]*\})/)) {
    if (!/^\{.*\}$/.test(part)) {
      if (!isDrawing) markup += styled(plain(part), active);
      continue;
    }
    for (const [, tag, value = ''] of part.matchAll(overrides)) {
      if (tag === 'r') active.clear();
      else if (tag === 'an') isAtTop = Number(value) >= 7;
      else if (tag === 'p') isDrawing = Number(value) > 0;
      else if (tag !== undefined) active[Number(value) > 0 ? 'add' : 'delete'](tag as Style);
    }
  }
  // An empty line would end the cue.
  const lines = markup
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return { markup: lines.join('\n'), isAtTop };
}

/** The cues of a track on our time line: those outside of it are dropped, what reaches over its ends is cut. In order of time. */
export function readAss(text: string, startSeconds: number, durationSeconds: number): Cue[] {
  const cues: Cue[] = [];
  const onOurs = (ms: number): number => Math.round(Math.min(Math.max(ms - startSeconds * 1000, 0), durationSeconds * 1000));
  for (const line of text.split(/\r?\n/)) {
    const event = eventPattern.exec(line);
    if (event === null || cues.length >= largest.cues) continue;
    const [startMs, endMs] = [onOurs(toMs(event.slice(1, 5))), onOurs(toMs(event.slice(5, 9)))];
    const { markup, isAtTop } = toMarkup(event[9] ?? '');
    if (endMs > startMs && markup !== '') cues.push({ startMs, endMs, markup, ...(isAtTop ? { isAtTop } : {}) });
  }
  return cues.toSorted((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
}
