import type { StreamflixError } from './streamflix-error.ts';

/** What differs from one occurrence of a fault to the next: paths and URLs, UUIDs, hexadecimal ids, numbers. */
const particulars = [
  /(?:[a-z]:)?[^\s"'`()<>,;]*[/\\][^\s"'`()<>,;]*/g,
  /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g,
  /\b(?=[a-f]*\d)[0-9a-f]{8,}\b/g,
  /0x[0-9a-f]+/g,
  /\d+/g,
  // What is left of fractions, times and ranges.
  /#(?:[.,:-]?#)+/g,
];
const longestShape = 500;

/** The message as every occurrence of its fault has it. */
const shapeOf = (message: string): string =>
  particulars
    .reduce((text, particular) => text.replace(particular, '#'), message.slice(0, 4 * longestShape).toLowerCase())
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, longestShape);

/** FNV-1a of 64 bits over UTF-16 units: http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(text: string): string {
  let state = 0xcbf29ce484222325n;
  for (let at = 0; at < text.length; at += 1) {
    state = BigInt.asUintN(64, (state ^ BigInt(text.charCodeAt(at))) * 0x100000001b3n);
  }
  return state.toString(16).padStart(16, '0');
}

/** A program's last complaint tells two failures of it apart where the error's sentence is the same for both. */
function complaintOf({ exitCode, stderr }: Record<string, unknown> = {}): string {
  const lastLine: unknown = Array.isArray(stderr) ? stderr.at(-1) : undefined;
  return [exitCode, lastLine].filter((part) => part !== undefined && part !== null).join(' ');
}

type Fault = Pick<StreamflixError, 'code' | 'message'> & Partial<Pick<StreamflixError, 'details'>>;

/**
 * Sixteen hexadecimal digits: the same for the same fault, whichever job, file or worker met it. Poison tasks are recognised and
 * dead letters are grouped by it.
 */
export const signatureOf = ({ code, message, details }: Fault): string =>
  hash([code, shapeOf(message), shapeOf(complaintOf(details))].join(' ').trimEnd());
