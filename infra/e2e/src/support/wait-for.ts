import { setTimeout as delay } from 'node:timers/promises';

/** Asks again and again until there is an answer; fails with the last fault after `withinMs`. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  { withinMs = 90_000, everyMs = 100 } = {},
): Promise<T> {
  const until = Date.now() + withinMs;
  let fault: unknown;
  while (Date.now() < until) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      fault = undefined;
    } catch (error) {
      fault = error;
    }
    await delay(everyMs);
  }
  throw new Error(`waited ${withinMs} ms in vain: ${what}`, { cause: fault });
}
