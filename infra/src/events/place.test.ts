import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatPlace, type Place, parsePlace } from './place.ts';

const snapshot = fc
  .tuple(fc.integer({ min: 1, max: 1e9 }), fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { maxLength: 20 }))
  .map(
    ([xmin, running]) =>
      `${xmin}:${xmin + 1001}:${running
        .sort((a, b) => a - b)
        .map((each) => xmin + each)
        .join(',')}`,
  );
const place: fc.Arbitrary<Place> = fc.record({
  at: fc.integer({ min: 0, max: 1e11 }),
  seen: snapshot,
  within: fc.option(fc.record({ upTo: snapshot, lastId: fc.nat() })),
});

test('a place that was given is read as it was', () => {
  fc.assert(
    fc.property(place, (given) => {
      expect(parsePlace(formatPlace(given))).toEqual(given);
    }),
  );
});

test('whatever else comes is no place', () => {
  const others = [
    '',
    '1',
    'x~1:1:',
    '1~2:1:',
    '1~0:1:',
    '1~1:5:4,3',
    '1~1:5:7',
    '1~1:2:~1:2:',
    '1~1:2:~x~1',
    '1~1:2:~1:2:~1~1',
    "1~1:2:'",
  ];
  for (const other of others) expect(parsePlace(other), other).toBeNull();
  fc.assert(
    fc.property(fc.string(), (text) => {
      parsePlace(text);
    }),
  );
});
