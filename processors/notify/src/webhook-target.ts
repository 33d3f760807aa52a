import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { StreamflixError } from '@streamflix/contracts';
import ipaddr from 'ipaddr.js';

export interface WebhookTarget {
  url: URL;
  /** The one address to connect to: resolved and judged once, so that a second answer of the name server cannot differ. */
  address: string;
}

const isPublic = (address: string): boolean => ipaddr.process(address).range() === 'unicast';

const forbidden = (why: string): StreamflixError =>
  new StreamflixError('WEBHOOK_FORBIDDEN', { message: `webhook address refused: ${why}` });

/** Where a webhook may go: http or https, no credentials in the URL, and every address of the host public unless `allowPrivate`. */
export async function resolveTarget(text: string, { allowPrivate }: { allowPrivate: boolean }): Promise<WebhookTarget> {
  if (!URL.canParse(text)) throw forbidden('not a URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw forbidden('not http or https');
  if (url.username !== '' || url.password !== '') throw forbidden('it carries credentials');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) ? [host] : await resolve(host);
  const [address] = addresses;
  if (address === undefined) throw new StreamflixError('WEBHOOK_REFUSED', { message: `${host} has no address` });
  if (!allowPrivate && !addresses.every(isPublic)) throw forbidden('the host is not public');
  return { url, address };
}

async function resolve(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    throw new StreamflixError('WEBHOOK_REFUSED', { message: `${host} cannot be resolved`, cause: error });
  }
}
