import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import type { RatePolicy } from '@streamflix/contracts';
import { afterEach, expect, test } from 'vitest';
import { createTestLogger } from '../telemetry/index.ts';
import { connectRates, type Rates } from './rates.ts';

const url = process.env.REDIS_URL ?? '';
const logger = createTestLogger();
const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

function connect(options: { to?: string; answerWithinMs?: number } = {}): Rates {
  const { to = url, ...rest } = options;
  const rates = connectRates({ url: to }, { logger, ...rest });
  open.push(() => rates.close());
  return rates;
}

const policyOf = (limit: number): RatePolicy => ({ name: `test-${crypto.randomUUID()}`, limit, windowSeconds: 60 });

/** Until Redis counts: two that count together see each other's turns. */
async function untilShared(...all: Rates[]): Promise<void> {
  await expect
    .poll(async () => {
      const policy = policyOf(10);
      const turns = await Promise.all(all.flatMap((rates) => [rates.take(policy, 'x'), rates.take(policy, 'x')]));
      return Math.min(...turns.map(({ remaining }) => remaining));
    })
    .toBe(10 - 2 * all.length);
}

test('two gateways share one limit, for each subject apart', async () => {
  const answerWithinMs = 10_000;
  const [one, other] = [connect({ answerWithinMs }), connect({ answerWithinMs })];
  await untilShared(one, other);
  const policy = policyOf(5);
  const begunAt = performance.now();
  const turns = await Promise.all(Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? one : other).take(policy, 'a')));
  expect(turns.filter(({ isAllowed }) => isAllowed)).toHaveLength(5);
  expect(
    turns
      .filter(({ isAllowed }) => isAllowed)
      .map(({ remaining }) => remaining)
      .toSorted(),
  ).toEqual([0, 1, 2, 3, 4]);
  const refused = await one.take(policy, 'a');
  expect(refused).toMatchObject({ isAllowed: false, remaining: 0 });
  expect(refused.retryAfterSeconds).toBeLessThanOrEqual(12);
  expect(refused.retryAfterSeconds).toBeGreaterThanOrEqual(12 - (performance.now() - begunAt) / 1000);
  expect(await other.take(policy, 'b')).toMatchObject({ isAllowed: true, remaining: 4 });
});

test('without Redis this process counts alone, at once', async () => {
  const rates = connect({ to: 'redis://127.0.0.1:1' });
  const policy = policyOf(3);
  const turns = await Promise.all(Array.from({ length: 5 }, () => rates.take(policy, 'a')));
  expect(turns.map(({ isAllowed }) => isAllowed)).toEqual([true, true, true, false, false]);
});

test('a Redis that takes connections and answers nothing delays one request, not the next ones', async () => {
  const sockets = new Set<Socket>();
  const mute = createServer((socket) => {
    sockets.add(socket);
    // Enough for the client to believe that the server is ready.
    socket.on('data', (data) => {
      for (const command of String(data).matchAll(/\b(info|client|hello|select)\b/gi))
        if (command[1]?.toLowerCase() === 'info') socket.write('$14\r\nredis_version:\r\n');
    });
  });
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    mute.close();
  });
  const rates = connect({ to: `redis://127.0.0.1:${(mute.address() as AddressInfo).port}` });
  const policy = policyOf(3);
  const turns = [];
  for (let time = 0; time < 5; time += 1) turns.push(await rates.take(policy, 'a'));
  expect(turns.map(({ isAllowed }) => isAllowed)).toEqual([true, true, true, false, false]);
});
