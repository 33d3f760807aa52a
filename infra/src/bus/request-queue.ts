import { createRequire } from 'node:module';

/** What this fix touches of the client's queue of requests, one per connection. */
export interface RequestQueue {
  pending: unknown[];
  /** Milliseconds since the epoch; until then the broker asked us to be silent. -1 when it never did. */
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
  requestTimeoutIntervalId: NodeJS.Timeout | undefined;
  /** Sent, and without an answer so far; milliseconds, the first since the epoch. */
  inflight: Map<number, { sentAt: number; requestTimeout: number; timeoutRequest(): void }>;
  isConnected(): boolean;
  scheduleRequestTimeoutCheck(): void;
  destroy(): void;
}

const checkAgainMs = 10;
const timeoutCheckMs = 1_000;

/** Looks at the queue again when something waits in it, and only then: an answer that makes room looks by itself. */
function scheduleCheckPendingRequests(this: RequestQueue): void {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const waitMs = Math.max(this.throttledUntil - Date.now(), checkAgainMs);
  this.throttleCheckTimeoutId = setTimeout(() => {
    this.throttleCheckTimeoutId = null;
    this.checkPendingRequests();
  }, waitMs);
}

/** Gives up what a broker has not answered in its time, at most a second late. */
function scheduleRequestTimeoutCheck(this: RequestQueue): void {
  this.destroy();
  this.requestTimeoutIntervalId = setInterval(() => {
    const now = Date.now();
    for (const request of this.inflight.values()) if (now - request.sentAt > request.requestTimeout) request.timeoutRequest();
    if (!this.isConnected()) this.destroy();
  }, timeoutCheckMs);
}

/**
 * Every connection of kafkajs 2.2.4 looks at its empty queue a thousand times a second for as long as it lives (tulios/kafkajs#1704, open
 * since 2024): a fortieth of a core for each idle process, and a warning of Node 24 at each start. And ten times a second it looks
 * whether an answer is late that may take fifteen seconds: a quarter of what an idle process costs. Replaces these two methods.
 */
export function quietRequestQueues(): void {
  const queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue };
  const { prototype } = queue;
  const methods = [prototype.scheduleCheckPendingRequests, prototype.scheduleRequestTimeoutCheck];
  if (!methods.every((method) => typeof method === 'function'))
    throw new Error('kafkajs has another queue of requests: see whether request-queue.ts is still needed');
  Object.assign(prototype, { scheduleCheckPendingRequests, scheduleRequestTimeoutCheck });
}
