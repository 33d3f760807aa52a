import { lookup } from 'node:dns/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { resolveTarget } from './webhook-target.ts';

vi.mock('node:dns/promises');
afterEach(() => vi.resetAllMocks());

/** What the name server answers. */
function answer(...addresses: string[]): void {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  vi.mocked(lookup).mockResolvedValue(found as never);
}

test.each([
  ['loopback', 'http://127.0.0.1/'],
  ['loopback in one number', 'http://2130706433/'],
  ['loopback in hexadecimal', 'http://0x7f.0.0.1/'],
  ['loopback in octal', 'http://0177.0.0.1/'],
  ['loopback, shortened', 'http://127.1/'],
  ['loopback of IPv6', 'http://[::1]/'],
  ['IPv4 inside IPv6', 'http://[::ffff:127.0.0.1]/'],
  ['IPv4 behind NAT64', 'http://[64:ff9b::7f00:1]/'],
  ['IPv4 behind 6to4', 'http://[2002:7f00:1::]/'],
  ['this host', 'http://0.0.0.0/'],
  ['a private network', 'http://10.1.2.3/'],
  ['another private network', 'http://192.168.0.1/'],
  ['a provider’s private network', 'http://100.64.0.1/'],
  ['the metadata service of a cloud', 'http://169.254.169.254/latest/meta-data/'],
  ['a link-local address of IPv6', 'http://[fe80::1]/'],
  ['a private network of IPv6', 'http://[fd00::1]/'],
  ['multicast', 'http://224.0.0.1/'],
  ['everybody', 'http://255.255.255.255/'],
  ['credentials', 'http://user:secret@203.0.114.1/'],
  ['another protocol', 'ftp://203.0.114.1/'],
  ['a file', 'file:///etc/passwd'],
  ['no URL', 'not a url'],
])('%s is no target', async (_name, url) => {
  await expect(resolveTarget(url, { allowPrivate: false })).rejects.toMatchObject({ code: 'WEBHOOK_FORBIDDEN' });
  expect(lookup).not.toHaveBeenCalled();
});

test('a name with one private address among public ones is no target', async () => {
  answer('203.0.114.1', '10.0.0.1');
  await expect(resolveTarget('https://receiver.example/', { allowPrivate: false })).rejects.toMatchObject({
    code: 'WEBHOOK_FORBIDDEN',
  });
});

test('a name with public addresses is a target, at the first of them', async () => {
  answer('203.0.114.1', '2606:4700::1');
  const target = await resolveTarget('https://receiver.example/hook', { allowPrivate: false });
  expect(target).toMatchObject({ address: '203.0.114.1', url: new URL('https://receiver.example/hook') });
});

test('an installation may allow private addresses', async () => {
  expect((await resolveTarget('http://127.0.0.1:9/', { allowPrivate: true })).address).toBe('127.0.0.1');
});

test('a name that cannot be resolved may be resolved later', async () => {
  vi.mocked(lookup).mockRejectedValue(new Error('ENOTFOUND'));
  await expect(resolveTarget('https://receiver.example/', { allowPrivate: false })).rejects.toMatchObject({
    code: 'WEBHOOK_REFUSED',
  });
});
