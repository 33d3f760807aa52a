import { expect, test, vi } from 'vitest';
import { isPublicAddress } from './addresses.ts';
import { resolveTarget, type TargetRules } from './target.ts';

const codes = { forbidden: 'SOURCE_URL_FORBIDDEN', unreachable: 'SOURCE_UNREACHABLE' } as const;

/** What the name server answers. */
function rules(answer: string[] | Error = [], changes: Partial<TargetRules> = {}) {
  const lookUp = vi.fn(async () => {
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { mayConnect: isPublicAddress, codes, lookUp, ...changes };
}

test.each([
  ['loopback', 'http://127.0.0.1/'],
  ['another address of loopback', 'http://127.8.9.10/'],
  ['loopback as one decimal number', 'http://2130706433/'],
  ['loopback as one hexadecimal number', 'http://0x7f000001/'],
  ['loopback as one octal number', 'http://017700000001/'],
  ['loopback in hexadecimal parts', 'http://0x7f.0x0.0x0.0x1/'],
  ['loopback in octal parts', 'http://0177.0.0.01/'],
  ['loopback in mixed notations', 'http://0x7f.1/'],
  ['loopback, shortened', 'http://127.1/'],
  ['loopback with a dot at its end', 'http://127.0.0.1./'],
  ['loopback in full-width digits', 'http://１２７.０.０.１/'],
  ['loopback with ideographic dots', 'http://127。0。0。1/'],
  ['loopback, percent-encoded', 'http://%31%32%37.0.0.1/'],
  ['loopback with a backslash', 'http:\\\\127.0.0.1\\'],
  ['loopback without slashes', 'http:127.0.0.1'],
  ['loopback with tabs in it', 'http://127.0.\t0.1/'],
  ['loopback of IPv6', 'http://[::1]/'],
  ['loopback of IPv6, written out', 'http://[0:0:0:0:0:0:0:1]/'],
  ['no address of IPv6', 'http://[::]/'],
  ['IPv4 mapped into IPv6', 'http://[::ffff:127.0.0.1]/'],
  ['IPv4 mapped into IPv6, in hexadecimal', 'http://[::ffff:7f00:1]/'],
  ['IPv4 as compatible IPv6', 'http://[::127.0.0.1]/'],
  ['a private IPv4 as compatible IPv6', 'http://[::a01:203]/'],
  ['IPv4 translated into IPv6', 'http://[::ffff:0:127.0.0.1]/'],
  ['IPv4 behind NAT64', 'http://[64:ff9b::7f00:1]/'],
  ['IPv4 behind a local NAT64', 'http://[64:ff9b:1::a01:203]/'],
  ['IPv4 behind 6to4', 'http://[2002:7f00:1::]/'],
  ['IPv4 behind Teredo', 'http://[2001:0:7f00:1::1]/'],
  ['this host', 'http://0.0.0.0/'],
  ['this host as a number', 'http://0/'],
  ['a private network', 'http://10.1.2.3/'],
  ['a private network as a number', 'http://167838211/'],
  ['another private network', 'http://172.16.0.1/'],
  ['a third private network', 'http://192.168.0.1/'],
  ['a provider’s private network', 'http://100.64.0.1/'],
  ['the metadata service of a cloud', 'http://169.254.169.254/latest/meta-data/'],
  ['the metadata service as a number', 'http://2852039166/'],
  ['the metadata service over IPv6', 'http://[fd00:ec2::254]/'],
  ['a link-local address of IPv6', 'http://[fe80::1]/'],
  ['a link-local address with its zone', 'http://[fe80::1%25eth0]/'],
  ['a site-local address of IPv6', 'http://[fec0::1]/'],
  ['a private network of IPv6', 'http://[fc00::1]/'],
  ['multicast', 'http://224.0.0.1/'],
  ['multicast of IPv6', 'http://[ff02::1]/'],
  ['a network for measurements', 'http://198.18.0.1/'],
  ['a network for documents', 'http://203.0.113.1/'],
  ['a network for documents of IPv6', 'http://[2001:db8::1]/'],
  ['what nobody was given of IPv6', 'http://[4000::1]/'],
  ['what nobody was given of IPv4', 'http://240.0.0.1/'],
  ['everybody', 'http://255.255.255.255/'],
  ['a name and a password', 'http://user:secret@203.0.114.1/'],
  ['a name alone', 'http://user@203.0.114.1/'],
  ['a password alone', 'http://:secret@203.0.114.1/'],
  ['another protocol', 'ftp://203.0.114.1/'],
  ['a file', 'file:///etc/passwd'],
  ['data', 'data:video/mp4;base64,AAAA'],
  ['gopher', 'gopher://203.0.114.1/'],
  ['no URL', 'not a url'],
  ['no host', 'http://'],
  ['an IPv4 address that is none', 'http://256.256.256.256/'],
])('%s is no target', async (_name, url) => {
  const given = rules(['203.0.114.1']);
  await expect(resolveTarget(url, given)).rejects.toMatchObject({ code: 'SOURCE_URL_FORBIDDEN', class: 'input' });
  expect(given.lookUp).not.toHaveBeenCalled();
});

test.each([
  ['to loopback', ['127.0.0.1']],
  ['to loopback of IPv6', ['::1']],
  ['to a private network', ['10.0.0.1']],
  ['to a metadata service', ['169.254.169.254']],
  ['to a mapped private address', ['::ffff:10.0.0.1']],
  ['to a private network of IPv6', ['fd12::1']],
  ['to one private address among public ones', ['203.0.114.1', '10.0.0.1']],
  ['to what is no address', ['one.example']],
])('a name that leads %s is no target', async (_name, addresses) => {
  const given = rules(addresses);
  await expect(resolveTarget('https://source.example/', given)).rejects.toMatchObject({ code: 'SOURCE_URL_FORBIDDEN' });
  expect(given.lookUp).toHaveBeenCalledOnce();
});

test.each(['http://localhost/', 'http://LOCALHOST./'])('the name of this machine is no target: %s', async (url) => {
  await expect(resolveTarget(url, { mayConnect: isPublicAddress, codes })).rejects.toMatchObject({ class: expect.any(String) });
});

test.each([
  ['http where only https may be', 'http://203.0.114.1/', { protocols: ['https:'] }],
  ['a port that is not allowed', 'https://203.0.114.1:6379/', { ports: [443] }],
  ['the port of http where it is not allowed', 'http://203.0.114.1/', { ports: [443] }],
])('%s is no target', async (_name, url, changes) => {
  await expect(resolveTarget(url, rules([], changes))).rejects.toMatchObject({ code: 'SOURCE_URL_FORBIDDEN' });
});

test('a name with public addresses is a target, at the first of them', async () => {
  const target = await resolveTarget('https://source.example/a?b', rules(['203.0.114.1', '2606:4700::1']));
  expect(target).toEqual({ address: '203.0.114.1', url: new URL('https://source.example/a?b') });
});

test.each(['203.0.114.1', '8.8.8.8', '2606:4700::1', '2a00:1450:4001::1'])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test('an installation may allow private addresses', async () => {
  expect((await resolveTarget('http://127.0.0.1:9/', rules([], { mayConnect: () => true }))).address).toBe('127.0.0.1');
});

test('a name that cannot be resolved may be resolved later', async () => {
  const away = rules(new Error('ENOTFOUND'));
  await expect(resolveTarget('https://source.example/', away)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  await expect(resolveTarget('https://source.example/', rules([]))).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
});
