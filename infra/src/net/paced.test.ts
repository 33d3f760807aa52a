import { expect, test } from 'vitest';
import { paced } from './paced.ts';

/** Chunks of 1,000 bytes; each takes the sender and then us so many seconds, by a clock of the test's own. */
async function receive({ chunks, senderSeconds, ourSeconds }: { chunks: number; senderSeconds: number; ourSeconds: number }) {
  let now = 0;
  async function* send(): AsyncGenerator<Buffer> {
    for (let count = 0; count < chunks; count += 1) {
      now += senderSeconds * 1000;
      yield Buffer.alloc(1000);
    }
  }
  let received = 0;
  const options = { minBytesPerSecond: 500, tooSlow: () => new Error('too slow') };
  for await (const chunk of paced(send(), options, () => now)) {
    received += chunk.length;
    now += ourSeconds * 1000;
  }
  return received;
}

test('a sender that is fast enough is heard to the end', async () => {
  expect(await receive({ chunks: 100, senderSeconds: 1.9, ourSeconds: 0 })).toBe(100_000);
});

test('a sender that dribbles is given up', async () => {
  await expect(receive({ chunks: 100, senderSeconds: 2.1, ourSeconds: 0 })).rejects.toThrow('too slow');
});

test('the time that we take ourselves is not the fault of the sender', async () => {
  expect(await receive({ chunks: 100, senderSeconds: 0.1, ourSeconds: 60 })).toBe(100_000);
});

test('a moment of silence is forgiven', async () => {
  expect(await receive({ chunks: 9, senderSeconds: 2.1, ourSeconds: 0 })).toBe(9_000);
});
