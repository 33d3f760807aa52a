import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { confirm } from './commands/confirm.ts';

const terminal = () => new PassThrough() as unknown as NodeJS.ReadStream & PassThrough;
const stderr = { write: () => true };

test('once it is answered nothing is read any more, so that the process can end', async () => {
  const stdin = terminal();
  stdin.write('y\n');
  expect(await confirm({ stdin, stderr, interrupted: new AbortController().signal }, 'Sure?')).toBe(true);
  expect(stdin.isPaused()).toBe(true);
});

test('Ctrl-C is no answer', async () => {
  const interruption = new AbortController();
  const asked = confirm({ stdin: terminal(), stderr, interrupted: interruption.signal }, 'Sure?');
  interruption.abort(new Error('interrupted'));
  await expect(asked).rejects.toThrow('interrupted');
});
