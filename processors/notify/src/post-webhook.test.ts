import { lookup } from 'node:dns/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { afterEach, expect, test, vi } from 'vitest';
import { postWebhook, type WebhookPost } from './post-webhook.ts';

vi.mock('node:dns/promises');

const secret = 'a-secret-of-the-installation';
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

/** A receiver on this machine; answers with its port. */
async function receive(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

const post = (url: string, changes: Partial<WebhookPost> = {}): Promise<number> =>
  postWebhook({
    url,
    eventId: 'event-1',
    body: '{"type":"video.transcoded"}',
    secret,
    allowPrivate: true,
    timeoutMs: 5_000,
    signal: new AbortController().signal,
    ...changes,
  });

test('a receiver can check the signature with the library of its choice', async () => {
  const delivered = Promise.withResolvers<{ headers: Record<string, string>; body: string }>();
  const port = await receive(async (request, response) => {
    delivered.resolve({ headers: request.headers as Record<string, string>, body: await text(request) });
    response.writeHead(204).end();
  });
  expect(await post(`http://127.0.0.1:${port}/hook`)).toBe(204);
  const { headers, body } = await delivered.promise;
  const webhook = new Webhook(Buffer.from(secret).toString('base64'));
  expect(webhook.verify(body, headers)).toEqual({ type: 'video.transcoded' });
  expect(headers['webhook-id']).toBe('event-1');
  expect(() => webhook.verify(`${body} `, headers)).toThrow();
});

test('the address that was judged is the one that is called, whatever the name says by then', async () => {
  // The name exists in no name server: only the judged address can lead to the receiver.
  vi.mocked(lookup).mockResolvedValue([{ address: '127.0.0.1', family: 4 }] as never);
  const hosts: (string | undefined)[] = [];
  const port = await receive((request, response) => {
    hosts.push(request.headers.host);
    response.writeHead(200).end();
  });
  expect(await post(`http://receiver.invalid:${port}/`)).toBe(200);
  expect(hosts).toEqual([`receiver.invalid:${port}`]);
});

test.each([301, 400, 410, 429, 500])('%i is not taken', async (status) => {
  const port = await receive((_request, response) => response.writeHead(status).end());
  await expect(post(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'WEBHOOK_REFUSED', class: 'transient' });
});

test('a redirect is not followed', async () => {
  let followed = false;
  const inner = await receive((_request, response) => {
    followed = true;
    response.writeHead(200).end();
  });
  const port = await receive((_request, response) => response.writeHead(307, { location: `http://127.0.0.1:${inner}/` }).end());
  await expect(post(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'WEBHOOK_REFUSED' });
  expect(followed).toBe(false);
});

test('a receiver that never stops answering is let go', async () => {
  const port = await receive((_request, response) => {
    response.writeHead(200);
    const pour = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', pour);
    pour();
  });
  expect(await post(`http://127.0.0.1:${port}/`)).toBe(200);
});

test('a receiver that says nothing is given up when the time is over', async () => {
  const port = await receive(() => undefined);
  await expect(post(`http://127.0.0.1:${port}/`, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'WEBHOOK_REFUSED' });
});

test('nobody listening is not taken', async () => {
  await expect(post('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'WEBHOOK_REFUSED' });
});

test('an abort ends the wait with its own reason', async () => {
  const abort = new AbortController();
  const reason = new Error('the lease was lost');
  const port = await receive(() => abort.abort(reason));
  await expect(post(`http://127.0.0.1:${port}/`, { signal: abort.signal })).rejects.toBe(reason);
});
