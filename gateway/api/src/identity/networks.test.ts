import { expect, test } from 'vitest';
import { isInNetworks } from './networks.ts';

test.each([
  ['10.1.2.3', ['10.0.0.0/8'], true],
  ['11.1.2.3', ['10.0.0.0/8'], false],
  ['::ffff:10.1.2.3', ['10.0.0.0/8'], true],
  ['10.1.2.3', ['10.1.2.3'], true],
  ['2001:db8::1', ['10.0.0.0/8', '2001:db8::/32'], true],
  ['2001:db9::1', ['10.0.0.0/8', '2001:db8::/32'], false],
  ['not an address', ['0.0.0.0/0'], false],
  ['10.1.2.3', [], true],
])('whether %s lies in %j: %s', (address, networks, expected) => {
  expect(isInNetworks(address, networks)).toBe(expected);
});
