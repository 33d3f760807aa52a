import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseDelivery } from './delivery.ts';

const gib = 1024 ** 3;
const question = { sizeBytes: gib, chunks: 20, freeDiskBytes: [50 * gib, 50 * gib], limitBytes: 10 * gib };

test.each([
  ['what everybody has room for', {}, 'whole'],
  ['what nobody is known to be there for', { freeDiskBytes: [] }, 'whole'],
  ['more than the limit', { sizeBytes: 10 * gib + 1 }, 'pieces'],
  ['more than one of the workers has room for, with what is made of it', { freeDiskBytes: [50 * gib, 2 * gib - 1] }, 'pieces'],
  ['much for many workers', { sizeBytes: 3 * gib, freeDiskBytes: Array(8).fill(50 * gib) }, 'pieces'],
  ['little for many workers', { freeDiskBytes: Array(8).fill(50 * gib) }, 'whole'],
  [
    'much for many workers of whom three get a chunk',
    { sizeBytes: 3 * gib, chunks: 3, freeDiskBytes: Array(8).fill(50 * gib) },
    'whole',
  ],
  ['what cannot be cut, whatever its size', { sizeBytes: 90 * gib, chunks: 1 }, 'whole'],
])('%s', (_what, changes, expected) => {
  expect(chooseDelivery({ ...question, ...changes })).toBe(expected);
});

test('what is delivered in pieces is so too when it is larger, or a disk smaller', () => {
  const bytes = fc.integer({ min: 1, max: 100 * gib });
  fc.assert(
    fc.property(
      bytes,
      fc.nat(600),
      fc.array(bytes, { maxLength: 20 }),
      bytes,
      bytes,
      (sizeBytes, chunks, disks, limitBytes, more) => {
        const asked = { sizeBytes, chunks, freeDiskBytes: disks, limitBytes };
        if (chooseDelivery(asked) === 'whole') return;
        expect(chooseDelivery({ ...asked, sizeBytes: sizeBytes + more })).toBe('pieces');
        expect(chooseDelivery({ ...asked, freeDiskBytes: disks.map((free) => Math.max(0, free - more)) })).toBe('pieces');
      },
    ),
  );
});
