import { exitCodes } from '../exit-codes.ts';

export interface Output {
  json?: boolean;
}

export const asJson = 'print it as one JSON document';

/** Prints an answer for a program or for a person. Returns the exit code. */
export function print(
  { stdout }: { stdout: { write(text: string): unknown } },
  { json }: Output,
  value: unknown,
  text: string,
): number {
  stdout.write(json === true ? `${JSON.stringify(value)}\n` : `${text}\n`);
  return exitCodes.done;
}
