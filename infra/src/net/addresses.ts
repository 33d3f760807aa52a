import ipaddr from 'ipaddr.js';

/** What registries give out of IPv6; all else is special, unassigned or an IPv4 address in disguise. */
const givenOutOfIpv6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Whether anybody may be reached at the address from anywhere: no network of our own, no neighbour, no tunnel into one. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv4 || address.match(givenOutOfIpv6);
}
