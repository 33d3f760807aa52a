import ipaddr from 'ipaddr.js';

const networkOf = (text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] => {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
};

/** Whether an address lies in one of the networks; of an empty list: always. An IPv4 address in IPv6 form is the IPv4 address. */
export function isInNetworks(address: string, networks: readonly string[]): boolean {
  if (networks.length === 0) return true;
  if (!ipaddr.isValid(address)) return false;
  const at = ipaddr.process(address);
  return networks.some((text) => {
    const [network, bits] = networkOf(text);
    return network.kind() === at.kind() && at.match(network, bits);
  });
}
