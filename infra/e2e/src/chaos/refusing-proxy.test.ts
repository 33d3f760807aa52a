import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RefusingProxy, startRefusingProxy } from './refusing-proxy.ts';

let server: Server;
let proxy: RefusingProxy;
let carriedOut: string[];

beforeEach(async () => {
  carriedOut = [];
  server = createServer(async (incoming, response) => {
    carriedOut.push(`${incoming.method} ${incoming.url} ${incoming.headers.host} ${await text(incoming)}`);
    response.writeHead(200, { etag: '"e"' }).end('done');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startRefusingProxy(`127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  await proxy.stop();
  server.closeAllConnections();
  server.close();
});

const put = async (body: string): Promise<number> => {
  const answer = await fetch(`http://${proxy.address}/a/b?c=d`, { method: 'PUT', body });
  await answer.text();
  return answer.status;
};
const putMany = async (count: number): Promise<number[]> => {
  const statuses: number[] = [];
  for (let index = 0; index < count; index += 1) statuses.push(await put('x'));
  return statuses;
};

test('what is asked goes through as it is, and so does the answer', async () => {
  const answer = await fetch(`http://${proxy.address}/a/b?c=d`, { method: 'PUT', body: 'a body' });
  expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([200, '"e"', 'done']);
  expect(carriedOut).toEqual([`PUT /a/b?c=d ${proxy.address} a body`]);
});

test('while it refuses it answers with 5xx, whether or not it did what was asked, until it is healed', async () => {
  proxy.refuse(100, 1);
  const statuses = await putMany(40);
  expect(statuses.every((status) => status >= 500)).toBe(true);
  expect(carriedOut.length).toBeGreaterThan(5);
  expect(carriedOut.length).toBeLessThan(35);
  expect(proxy.heal()).toBe(40);
  expect(await put('x')).toBe(200);
});

test('the seed decides which are refused, and with what', async () => {
  proxy.refuse(50, 7);
  const first = await putMany(30);
  expect(new Set(first).size).toBeGreaterThan(2);
  proxy.refuse(50, 7);
  expect(await putMany(30)).toEqual(first);
  proxy.refuse(50, 8);
  expect(await putMany(30)).not.toEqual(first);
});
