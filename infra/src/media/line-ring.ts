import type { Readable } from 'node:stream';

/** A child that writes one endless line must not fill our memory. */
const longestLineCharacters = 4096;

/** The last lines of an output, however long it gets. */
export class LineRing {
  readonly #limit: number;
  #lines: string[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(line: string): void {
    this.#lines.push(line);
    // Trimmed now and then rather than on every line.
    if (this.#lines.length >= 2 * this.#limit) this.#lines = this.#lines.slice(-this.#limit);
  }

  last(count = this.#limit): string[] {
    return this.#lines.slice(-Math.min(count, this.#limit));
  }
}

/** Calls back with each line as it comes, so that the pipe is always drained. Over-long lines come in pieces. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split(/\r?\n|\r/);
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (rest.length > longestLineCharacters) {
      onLine(rest);
      rest = '';
    }
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
