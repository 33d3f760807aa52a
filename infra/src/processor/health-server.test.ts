import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serveHealth } from './health-server.ts';

let server: Server;

beforeEach(async () => {
  server = await serveHealth(
    { host: '127.0.0.1', port: 0 },
    { notLive: () => [], notReady: async () => ['starting'], renderMetrics: async () => 'metrics' },
  );
});
afterEach(() => {
  server.close();
});

/** The status line of the answer to a raw request target. */
async function ask(target: string): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.end(`GET ${target} HTTP/1.1\r\nhost: health\r\nconnection: close\r\n\r\n`);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text) => {
    answer += text;
  });
  await once(socket, 'close');
  return answer.split('\r\n')[0] ?? '';
}

test.each([
  ['/live', '200'],
  ['/ready', '503'],
  ['/metrics?x=1', '200'],
  ['/other', '404'],
  ['//', '404'],
  ['http://[', '404'],
])('%s is answered with %s, and the process lives on', async (target, status) => {
  expect(await ask(target)).toContain(status);
});
