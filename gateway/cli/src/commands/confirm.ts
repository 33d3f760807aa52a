import { createInterface } from 'node:readline';
import type { Surroundings } from './surroundings.ts';

/** Asks at the terminal; whatever is not a yes is a no. */
export async function confirm(
  { stdin, stderr, interrupted }: Pick<Surroundings, 'stdin' | 'stderr' | 'interrupted'>,
  question: string,
): Promise<boolean> {
  stderr.write(`${question} [y/N] `);
  // Not in raw mode: Ctrl-C stays what it is.
  const lines = createInterface({ input: stdin, terminal: false, signal: interrupted });
  const answer = await new Promise<string>((resolve) => {
    lines.once('line', resolve).once('close', () => resolve(''));
  });
  // Else the process would wait for another line.
  lines.close();
  interrupted.throwIfAborted();
  return /^y(es)?$/i.test(answer.trim());
}
