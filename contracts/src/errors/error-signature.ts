import type { StreamflixError } from './streamflix-error.ts';

/** What differs from one occurrence of a fault to the next, in the order in which it is taken out. */
const particulars: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>'],
  [/\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s'"|,;)]+/gi, '<url>'],
  [/\b0x[0-9a-f]+/gi, '<address>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '<address>'],
  [/\[[0-9a-f]*:[0-9a-f:]+\](?::\d+)?/gi, '<address>'],
  [/(?:\.{0,2}\/)[^\s'"|,;:)]*/g, '<path>'],
  [/\b[0-9a-f]{12,}\b/gi, '<id>'],
  [/\d+(?:\.\d+)?/g, '<n>'],
];

/** The message without what belongs to one occurrence: numbers, paths, ids, addresses. Doing it twice changes nothing. */
export function normaliseMessage(message: string): string {
  const plain = particulars.reduce((text, [pattern, word]) => text.replace(pattern, word), message);
  return plain.replace(/\s+/g, ' ').trim();
}

/** FNV-1a of 64 bits: short, the same everywhere, and nobody gains by a collision. */
function shortHash(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}

/** A program's last complaint tells two failures of it apart where the error's sentence is the same for both. */
function complaintOf({ exitCode, stderr }: Record<string, unknown>): string {
  const lastLine: unknown = Array.isArray(stderr) ? stderr.at(-1) : undefined;
  return [exitCode, lastLine].filter((part) => part !== undefined && part !== null).join(' ');
}

/** A program may quote megabytes of a source; the beginning tells the fault. */
const longestMessage = 2_000;

/** The same for the same fault, whichever task, file or worker met it. */
export function errorSignature({
  code,
  message,
  details,
}: Pick<StreamflixError, 'code' | 'message'> & Partial<Pick<StreamflixError, 'details'>>): string {
  const texts = [message, complaintOf(details ?? {})].map((text) => normaliseMessage(text.slice(0, longestMessage)));
  return shortHash([code, ...texts].join('\n'));
}
