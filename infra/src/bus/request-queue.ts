import { createRequire } from 'node:module';

/** What this fix touches of the client's queue of requests, one per connection. */
export interface RequestQueue {
  pending: unknown[];
  /** Milliseconds since the epoch; until then the broker asked us to be silent. -1 when it never did. */
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

const checkAgainMs = 10;

/** Looks at the queue again when something waits in it, and only then: an answer that makes room looks by itself. */
function scheduleCheckPendingRequests(this: RequestQueue): void {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const waitMs = Math.max(this.throttledUntil - Date.now(), checkAgainMs);
  this.throttleCheckTimeoutId = setTimeout(() => {
    this.throttleCheckTimeoutId = null;
    this.checkPendingRequests();
  }, waitMs);
}

/**
 * Every connection of kafkajs 2.2.4 looks at its empty queue a thousand times a second for as long as it lives (tulios/kafkajs#1704, open
 * since 2024): a fortieth of a core for each idle process, and a warning of Node 24 at each start. Replaces that one method.
 */
export function quietRequestQueues(): void {
  const queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue };
  if (typeof queue.prototype.scheduleCheckPendingRequests !== 'function')
    throw new Error('kafkajs has another queue of requests: see whether request-queue.ts is still needed');
  queue.prototype.scheduleCheckPendingRequests = scheduleCheckPendingRequests;
}
