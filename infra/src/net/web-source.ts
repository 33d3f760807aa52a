import { StreamflixError } from '@streamflix/contracts';
import { paced } from './paced.ts';
import { type PinnedResponse, requestPinned } from './pinned-request.ts';
import { resolveTarget, type TargetRules } from './target.ts';

export interface WebSourceOptions {
  rules: TargetRules;
  maxBytes: number;
  /** Slower than this a server is given up. */
  minBytesPerSecond: number;
  /** To connect, until the answer begins, and of silence. */
  timeoutMs: number;
  signal: AbortSignal;
}

export interface WebSource {
  /** As the server says; null where it does not. */
  sizeBytes: number | null;
  contentType: string | null;
  /** A connection that breaks is taken up where it ended, if the server can do that. */
  body: AsyncGenerator<Buffer>;
  /** For a body that is not read to its end. */
  close(): Promise<void>;
}

const maxRedirects = 5;
const maxFruitlessTries = 3;

/** Never with the URL: what is behind its question mark may be a secret. */
const unreachable = (message: string, cause?: unknown): StreamflixError =>
  new StreamflixError('SOURCE_UNREACHABLE', { message, cause });

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

const textOf = (value: string | string[] | undefined): string | null =>
  Array.isArray(value) ? (value[0] ?? null) : (value ?? null);

/** What a status other than success means for the job. */
function refusalOf(status: number): StreamflixError {
  const message = `the server of the source answered ${status}`;
  if (status === 401 || status === 403 || status === 407) return new StreamflixError('SOURCE_FORBIDDEN', { message });
  if (status === 408 || status === 425 || status === 429 || status >= 500) return unreachable(message);
  return new StreamflixError('SOURCE_NOT_FOUND', { message });
}

/** Every address on the way is judged like the first. */
async function ask(text: string, headers: Record<string, string>, options: WebSourceOptions): Promise<PinnedResponse> {
  const { rules, timeoutMs, signal } = options;
  let url = text;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const target = await resolveTarget(url, rules);
    const response = await requestPinned(target, { method: 'GET', headers, timeoutMs, signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw unreachable('the server of the source could not be reached', error);
    });
    if (!isRedirect(response.status)) return response;
    await response.close();
    const location = textOf(response.headers.location);
    if (location === null || !URL.canParse(location, target.url.href)) throw unreachable('the source redirects to nowhere');
    url = new URL(location, target.url).href;
  }
  throw unreachable(`the source redirects more than ${maxRedirects} times`);
}

const ownHeaders = {
  'user-agent': 'streamflix-transcoder',
  accept: '*/*',
  // What is packed may unpack to any size, and cannot be taken up in the middle.
  'accept-encoding': 'identity',
};

interface Version {
  sizeBytes: number | null;
  /** Says in a later request that this very version is meant; null where the server has nothing that could. */
  validator: string | null;
}

function versionOf({ headers }: PinnedResponse): Version {
  const length = textOf(headers['content-length']);
  const etag = textOf(headers.etag);
  const isStrong = etag?.startsWith('"') === true;
  return {
    sizeBytes: length === null ? null : Number(length),
    validator: isStrong ? etag : textOf(headers['last-modified']),
  };
}

/** The rest of the version from a byte on. */
async function askForRest(
  url: string,
  startBytes: number,
  { validator }: Version,
  options: WebSourceOptions,
): Promise<PinnedResponse> {
  if (validator === null) throw unreachable('the connection broke, and the server cannot go on where it ended');
  const headers = { ...ownHeaders, range: `bytes=${startBytes}-`, 'if-range': validator };
  const response = await ask(url, headers, options);
  const begins = textOf(response.headers['content-range'])?.startsWith(`bytes ${startBytes}-`) === true;
  if (response.status === 206 && begins) return response;
  await response.close();
  if (response.status === 200 || response.status === 206 || response.status === 416)
    throw unreachable('the connection broke, and the source has changed since or cannot be had in parts');
  throw unreachable(`the connection broke, and the server then answered ${response.status}`);
}

async function* readAll(url: string, first: PinnedResponse, version: Version, options: WebSourceOptions): AsyncGenerator<Buffer> {
  const { maxBytes, minBytesPerSecond, signal } = options;
  const tooSlow = () => unreachable(`the source comes with less than ${minBytesPerSecond} bytes a second`);
  let response = first;
  let receivedBytes = 0;
  for (let fruitlessTries = 0; ; ) {
    const startedAt = receivedBytes;
    let failure: unknown;
    try {
      for await (const chunk of paced(response.body, { minBytesPerSecond, tooSlow })) {
        receivedBytes += chunk.length;
        if (receivedBytes > maxBytes) throw tooLarge(maxBytes);
        yield chunk;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof StreamflixError) throw error;
      failure = error;
    } finally {
      await response.close();
    }
    if (failure === undefined && (version.sizeBytes === null || receivedBytes === version.sizeBytes)) return;
    fruitlessTries = receivedBytes > startedAt ? 0 : fruitlessTries + 1;
    if (fruitlessTries >= maxFruitlessTries) throw unreachable('the connection to the source breaks again and again', failure);
    response = await askForRest(url, receivedBytes, version, options);
  }
}

const tooLarge = (maxBytes: number): StreamflixError =>
  new StreamflixError('SOURCE_TOO_LARGE', { message: `The source is larger than ${maxBytes} bytes.`, details: { maxBytes } });

/**
 * Begins to read what a stranger's URL names. Throws what the rules say of an address, SOURCE_NOT_FOUND and SOURCE_FORBIDDEN by the
 * server's word, SOURCE_TOO_LARGE, SOURCE_UNREACHABLE for what may pass, the signal's reason when aborted.
 */
export async function openWebSource(url: string, options: WebSourceOptions): Promise<WebSource> {
  const response = await ask(url, ownHeaders, options);
  try {
    if (response.status !== 200) throw refusalOf(response.status);
    const encoding = textOf(response.headers['content-encoding']) ?? 'identity';
    if (encoding !== 'identity')
      throw new StreamflixError('SOURCE_UNSUPPORTED', { message: 'The server of the source sends it packed.' });
    const version = versionOf(response);
    if ((version.sizeBytes ?? 0) > options.maxBytes) throw tooLarge(options.maxBytes);
    return {
      sizeBytes: version.sizeBytes,
      contentType: textOf(response.headers['content-type']),
      body: readAll(url, response, version, options),
      close: response.close,
    };
  } catch (error) {
    await response.close();
    throw error;
  }
}
