import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type ErrorCode, StreamflixError } from '@streamflix/contracts';

/** Where somebody else's URL may lead. */
export interface TargetRules {
  /** Of an address, before anything connects to it: `isPublicAddress`, unless an installation allows more. */
  mayConnect(address: string): boolean;
  /** Unless told http and https. */
  protocols?: readonly string[];
  /** Unless told any. */
  ports?: readonly number[];
  /** All addresses of a name; the system's answer unless told. */
  lookUp?(host: string): Promise<readonly string[]>;
  /** What a refusal and a name without an address are called. */
  codes: { forbidden: ErrorCode; unreachable: ErrorCode };
}

export interface Target {
  url: URL;
  /** The one address to connect to: resolved and judged once, so that a second answer of the name server cannot differ. */
  address: string;
}

const webProtocols = ['https:', 'http:'];

const askSystem = async (host: string): Promise<string[]> => (await lookup(host, { all: true })).map(({ address }) => address);

const portOf = ({ port, protocol }: URL): number => (port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port));

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

/** What can be said of a URL without asking a name server. Throws `codes.forbidden`. */
export function judgeUrl(text: string, { mayConnect, protocols = webProtocols, ports, codes }: TargetRules): URL {
  const forbidden = (why: string) => new StreamflixError(codes.forbidden, { message: `address refused: ${why}` });
  if (!URL.canParse(text)) throw forbidden('not a URL');
  const url = new URL(text);
  if (!protocols.includes(url.protocol))
    throw forbidden(`not ${protocols.map((protocol) => protocol.replace(':', '')).join(' or ')}`);
  if (url.username !== '' || url.password !== '') throw forbidden('it carries credentials');
  if (ports !== undefined && !ports.includes(portOf(url))) throw forbidden(`port ${portOf(url)} is not allowed`);
  // Numbers in any notation are an address by now: that is how URLs are read.
  if (isIP(hostOf(url)) !== 0 && !mayConnect(hostOf(url))) throw forbidden('the host is not public');
  return url;
}

/** Where a URL leads, when every address of its host may be connected to. Throws `codes.forbidden`, `codes.unreachable`. */
export async function resolveTarget(text: string, rules: TargetRules): Promise<Target> {
  const url = judgeUrl(text, rules);
  const { codes, mayConnect, lookUp = askSystem } = rules;
  const host = hostOf(url);
  const addresses = isIP(host) ? [host] : await resolve(host, lookUp, codes.unreachable);
  const [address] = addresses;
  if (address === undefined) throw new StreamflixError(codes.unreachable, { message: `${host} has no address` });
  if (!addresses.every(mayConnect))
    throw new StreamflixError(codes.forbidden, { message: 'address refused: the host is not public' });
  return { url, address };
}

async function resolve(
  host: string,
  lookUp: (host: string) => Promise<readonly string[]>,
  unreachable: ErrorCode,
): Promise<readonly string[]> {
  try {
    return await lookUp(host);
  } catch (error) {
    throw new StreamflixError(unreachable, { message: `${host} cannot be resolved`, cause: error });
  }
}
