import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { quietRequestQueues, type RequestQueue } from './request-queue.ts';

interface Request {
  entry: { correlationId: number; resolve?(): void; reject?(error: Error): void };
  sendRequest(): void;
  expectResponse: boolean;
}
type Queue = RequestQueue & { push(request: Request): void; destroy(): void };

const Queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as new (options: object) => Queue;
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
let queue: Queue;
let isConnected: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  quietRequestQueues();
  isConnected = true;
  queue = new Queue({
    ...{ maxInFlightRequests: null, requestTimeout: 5_000, enforceRequestTimeout: true },
    ...{ clientId: 'test', broker: 'test', logger, isConnected: () => isConnected },
  });
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

test('a request without an answer is given up in its time, within a second, while others go on', () => {
  const reject = vi.fn();
  queue.scheduleRequestTimeoutCheck();
  queue.push({ entry: { correlationId: 1, reject }, sendRequest: () => undefined, expectResponse: true });
  vi.advanceTimersByTime(4_000);
  queue.push({ entry: { correlationId: 2, reject: () => undefined }, sendRequest: () => undefined, expectResponse: true });
  expect(reject).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2_100);
  expect(reject).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: 'KafkaJSRequestTimeoutError' }));
  expect([...queue.inflight.keys()]).toEqual([2]);
});

test('a connection that is gone is no longer looked at', () => {
  queue.scheduleRequestTimeoutCheck();
  isConnected = false;
  vi.advanceTimersByTime(1_000);
  expect(vi.getTimerCount()).toBe(0);
});
