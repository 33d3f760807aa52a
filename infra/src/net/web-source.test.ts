import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { openWebSource, type WebSourceOptions } from './web-source.ts';

/** Stands for the internet; everything else of this machine is the house that nobody may look into. */
const outside = '127.0.0.2';
const inside = '127.0.0.1';
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

async function serve(host: string, listener: RequestListener, port = 0): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await once(server.listen(port, host), 'listening');
  return (server.address() as AddressInfo).port;
}

/** A server inside on the same port, which must never be asked. */
async function guardInside(port: number): Promise<() => number> {
  let asked = 0;
  await serve(
    inside,
    (_request, response) => {
      asked += 1;
      response.end('a secret');
    },
    port,
  );
  return () => asked;
}

const options = (
  changes: Partial<WebSourceOptions> = {},
  lookUp = async (): Promise<string[]> => [outside],
): WebSourceOptions => ({
  rules: {
    mayConnect: (address) => address === outside,
    lookUp,
    codes: { forbidden: 'SOURCE_URL_FORBIDDEN', unreachable: 'SOURCE_UNREACHABLE' },
  },
  maxBytes: 1_000_000,
  minBytesPerSecond: 1,
  timeoutMs: 2_000,
  signal: new AbortController().signal,
  ...changes,
});

async function fetchAll(url: string, given = options()): Promise<Buffer> {
  const source = await openWebSource(url, given);
  try {
    return await buffer(source.body);
  } finally {
    await source.close();
  }
}

const film = randomBytes(200_000);

/** Serves the film by ranges as files are served; each answer ends after so many bytes. */
function breaking(bytesPerAnswer: number, etags: () => string = () => '"one"'): RequestListener {
  return ({ headers }, response) => {
    const etag = etags();
    const start = headers['if-range'] === etag ? Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0) : 0;
    response.writeHead(start > 0 ? 206 : 200, {
      etag,
      'content-length': film.length - start,
      'content-type': 'video/mp4',
      ...(start > 0 ? { 'content-range': `bytes ${start}-${film.length - 1}/${film.length}` } : {}),
    });
    const end = start + bytesPerAnswer;
    if (end >= film.length) response.end(film.subarray(start));
    else response.write(film.subarray(start, end), () => response.destroy());
  };
}

test('a source is read as its server has it', async () => {
  const port = await serve(outside, breaking(film.length));
  const source = await openWebSource(`http://film.example:${port}/a.mp4`, options());
  expect([source.sizeBytes, source.contentType]).toEqual([film.length, 'video/mp4']);
  expect(await buffer(source.body)).toEqual(film);
});

test('a source of unknown length is read to its end', async () => {
  const port = await serve(outside, (_request, response) => {
    response.write(film.subarray(0, 1000));
    response.end(film.subarray(1000));
  });
  expect(await fetchAll(`http://film.example:${port}/`)).toEqual(film);
});

test('a connection that breaks again and again is taken up where it ended', async () => {
  const port = await serve(outside, breaking(30_000));
  expect(await fetchAll(`http://film.example:${port}/`)).toEqual(film);
});

test('a source that changes while it comes is not mixed', async () => {
  let version = 0;
  const port = await serve(
    outside,
    breaking(30_000, () => {
      version += 1;
      return `"${version}"`;
    }),
  );
  await expect(fetchAll(`http://film.example:${port}/`)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
});

test('a broken connection of a server that names no version is not taken up', async () => {
  const port = await serve(outside, (_request, response) => {
    response.writeHead(200, { 'content-length': film.length });
    response.write(film.subarray(0, 1000), () => response.destroy());
  });
  await expect(fetchAll(`http://film.example:${port}/`)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
});

test('a server that says more than it has is given up', async () => {
  const port = await serve(outside, ({ headers }, response) => {
    const start = headers.range === undefined ? 0 : 1000;
    response.writeHead(start > 0 ? 206 : 200, {
      etag: '"one"',
      'content-length': film.length - start,
      ...(start > 0 ? { 'content-range': `bytes ${start}-${film.length - 1}/${film.length}` } : {}),
    });
    response.write(start > 0 ? '' : film.subarray(0, 1000), () => response.destroy());
    if (start > 0) response.flushHeaders();
  });
  await expect(fetchAll(`http://film.example:${port}/`)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
});

test('a source that says it is too large is not begun, and one that does not say so is ended', async () => {
  const port = await serve(outside, ({ url }, response) => {
    if (url === '/said') response.writeHead(200, { 'content-length': film.length });
    response.write(film.subarray(0, 100_000));
    response.end(film.subarray(100_000));
  });
  const small = options({ maxBytes: 150_000 });
  await expect(openWebSource(`http://film.example:${port}/said`, small)).rejects.toMatchObject({ code: 'SOURCE_TOO_LARGE' });
  await expect(fetchAll(`http://film.example:${port}/unsaid`, small)).rejects.toMatchObject({ code: 'SOURCE_TOO_LARGE' });
});

test('a source that comes packed is refused: it may unpack to any size', async () => {
  const port = await serve(outside, (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end('x');
  });
  await expect(fetchAll(`http://film.example:${port}/`)).rejects.toMatchObject({ code: 'SOURCE_UNSUPPORTED' });
});

test.each([
  [404, 'SOURCE_NOT_FOUND'],
  [410, 'SOURCE_NOT_FOUND'],
  [401, 'SOURCE_FORBIDDEN'],
  [403, 'SOURCE_FORBIDDEN'],
  [429, 'SOURCE_UNREACHABLE'],
  [503, 'SOURCE_UNREACHABLE'],
])('an answer of %i ends as %s', async (status, code) => {
  const port = await serve(outside, (_request, response) => response.writeHead(status).end());
  await expect(fetchAll(`http://film.example:${port}/`)).rejects.toMatchObject({ code });
});

test('a redirect is followed, also a relative one', async () => {
  const port = await serve(outside, ({ url }, response) => {
    if (url === '/film') return response.end(film);
    return response
      .writeHead(url === '/a' ? 302 : 307, { location: url === '/a' ? '/b' : `http://other.example:${port}/film` })
      .end();
  });
  expect(await fetchAll(`http://film.example:${port}/a`)).toEqual(film);
});

test.each([
  ['to an address inside', (port: number) => `http://${inside}:${port}/`],
  ['to an address inside as a number', (port: number) => `http://2130706433:${port}/`],
  ['to an address inside, mapped', (port: number) => `http://[::ffff:127.0.0.1]:${port}/`],
  ['to a file', () => 'file:///etc/passwd'],
  ['with credentials', (port: number) => `http://user:secret@${outside}:${port}/`],
  ['to a metadata service', () => 'http://169.254.169.254/latest/meta-data/'],
])('a redirect %s is refused', async (_name, locationOf) => {
  const port = await serve(outside, (_request, response) => response.writeHead(302, { location: locationOf(port) }).end());
  const asked = await guardInside(port);
  await expect(fetchAll(`http://film.example:${port}/`)).rejects.toMatchObject({ code: 'SOURCE_URL_FORBIDDEN' });
  expect(asked()).toBe(0);
});

test('a name that leads outside first and inside the second time is asked once, and refused after a redirect', async () => {
  const port = await serve(outside, ({ url }, response) =>
    url === '/film' ? response.end(film) : response.writeHead(302, { location: '/film' }).end(),
  );
  const asked = await guardInside(port);
  const rebinding = () => {
    const answers = [[outside], [inside]];
    return options({}, async () => answers.shift() ?? [inside]);
  };
  expect(await fetchAll(`http://film.example:${port}/film`, rebinding())).toEqual(film);
  await expect(fetchAll(`http://film.example:${port}/moved`, rebinding())).rejects.toMatchObject({
    code: 'SOURCE_URL_FORBIDDEN',
  });
  expect(asked()).toBe(0);
});

test('a name that leads inside when a broken connection is taken up is refused', async () => {
  const port = await serve(outside, breaking(30_000));
  const asked = await guardInside(port);
  const answers = [[outside], [inside]];
  const rebinding = options({}, async () => answers.shift() ?? [inside]);
  await expect(fetchAll(`http://film.example:${port}/`, rebinding)).rejects.toMatchObject({ code: 'SOURCE_URL_FORBIDDEN' });
  expect(asked()).toBe(0);
});

test('redirects in a circle come to an end', async () => {
  let asked = 0;
  const port = await serve(outside, (_request, response) => {
    asked += 1;
    response.writeHead(302, { location: '/' }).end();
  });
  await expect(fetchAll(`http://film.example:${port}/`)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  expect(asked).toBe(6);
});

test.each([
  ['says nothing', () => undefined],
  [
    'falls silent',
    (response: Parameters<RequestListener>[1]) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('a');
    },
  ],
])('a server that %s is given up', async (_name, answer) => {
  const port = await serve(outside, (_request, response) => void answer(response));
  await expect(fetchAll(`http://film.example:${port}/`, options({ timeoutMs: 200 }))).rejects.toMatchObject({
    code: 'SOURCE_UNREACHABLE',
  });
});

test('an abort ends it with its own reason, before and in the middle', async () => {
  const port = await serve(outside, (_request, response) => void response.write(film));
  const abort = new AbortController();
  const source = await openWebSource(`http://film.example:${port}/`, options({ signal: abort.signal }));
  const reason = new Error('the lease was lost');
  const reading = buffer(source.body);
  abort.abort(reason);
  await expect(reading).rejects.toBe(reason);
  await expect(openWebSource(`http://film.example:${port}/`, options({ signal: abort.signal }))).rejects.toBe(reason);
});

test('no complaint repeats the URL: what is behind its question mark may be a secret', async () => {
  const port = await serve(outside, (_request, response) => response.writeHead(500).end());
  const error = await fetchAll(`http://film.example:${port}/a?token=secret`).catch((thrown: unknown) => thrown);
  expect(JSON.stringify([String(error), error])).not.toContain('secret');
});
