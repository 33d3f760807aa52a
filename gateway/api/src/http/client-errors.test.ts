import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestGateway } from '../testkit/test-gateway.ts';

let gateway: TestGateway;
let port: number;
beforeAll(async () => {
  gateway = await TestGateway.open();
  await gateway.app.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = gateway.app.server.address() as AddressInfo);
});
afterAll(() => gateway.close());

/** What comes back over a connection until the gateway ends it. */
async function say(bytes: string): Promise<{ status: number; code: string }> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  const answer = await text(socket);
  return { status: Number(answer.split(' ')[1]), code: JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))).error.code };
}

test.each([
  ['bytes that are no request', 'nonsense\r\n\r\n', 400, 'VALIDATION_FAILED'],
  ['headers without end', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
  [
    'two lengths of one body',
    'POST /api/v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
    400,
    'VALIDATION_FAILED',
  ],
])('%s are answered in the documented form, and the connection ends', async (_, bytes, status, code) => {
  expect(await say(bytes)).toEqual({ status, code });
});

test('who says nothing is not waited for', () => {
  const { server } = gateway.app;
  expect([server.headersTimeout, server.maxConnections, server.requestTimeout]).toEqual([20_000, 10_000, 0]);
  expect(server.timeout).toBe(60_000);
});
