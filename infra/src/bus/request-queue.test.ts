import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { quietRequestQueues, type RequestQueue } from './request-queue.ts';

interface Request {
  entry: { correlationId: number; resolve(): void };
  sendRequest(): void;
  expectResponse: boolean;
}
type Queue = RequestQueue & { push(request: Request): void; destroy(): void };

const Queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as new (options: object) => Queue;
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
let queue: Queue;

beforeEach(() => {
  vi.useFakeTimers();
  quietRequestQueues();
  queue = new Queue({ maxInFlightRequests: null, requestTimeout: 1000, clientId: 'test', broker: 'test', logger });
});
afterEach(() => {
  queue.destroy();
  vi.useRealTimers();
});

test('a queue with nothing in it sets no timer', () => {
  queue.checkPendingRequests();
  expect(vi.getTimerCount()).toBe(0);
});

test('a request that meets a throttled broker is sent when the time is up, and then the queue is silent', () => {
  queue.throttledUntil = Date.now() + 500;
  const sendRequest = vi.fn();
  queue.push({ entry: { correlationId: 1, resolve: () => undefined }, sendRequest, expectResponse: false });
  vi.advanceTimersByTime(490);
  expect(sendRequest).not.toHaveBeenCalled();
  vi.advanceTimersByTime(30);
  expect(sendRequest).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});
