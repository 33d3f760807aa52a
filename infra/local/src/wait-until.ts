import { setTimeout as pause } from 'node:timers/promises';

/** Tries again until `attempt` no longer throws; after `timeoutMs` the last fault is the reason given. */
export async function waitUntil(
  what: string,
  timeoutMs: number,
  attempt: () => Promise<void> | void,
  everyMs = 50,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (error instanceof Hopeless || Date.now() >= deadline) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(error instanceof Hopeless ? reason : `${what} within ${timeoutMs / 1000} s: ${reason}`, { cause: error });
      }
    }
    await pause(everyMs);
  }
}

/** Thrown by an attempt that no further attempt can mend. */
export class Hopeless extends Error {}
