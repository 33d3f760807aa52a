import { expect, test } from 'vitest';
import { readFieldOrder } from './see-field-order.ts';

const told = (top: number, bottom: number, progressive: number): string[] => [
  '[Parsed_idet_0 @ 0x1] Single frame detection: TFF:     9 BFF:     9 Progressive:     9 Undetermined:     0',
  `[Parsed_idet_0 @ 0x1] Multi frame detection: TFF: ${top} BFF:   ${bottom} Progressive:     ${progressive} Undetermined:   3`,
];

test.each([
  [40, 2, 8, 'top-first'],
  [1, 30, 0, 'bottom-first'],
  [3, 3, 40, 'progressive'],
  [0, 0, 0, 'progressive'],
])('%i pictures of the top field first, %i of the bottom one and %i whole ones are %s', (top, bottom, whole, order) => {
  expect(readFieldOrder(told(top, bottom, whole))).toBe(order);
});

test('nothing told is progressive', () => {
  expect(readFieldOrder([])).toBe('progressive');
});
