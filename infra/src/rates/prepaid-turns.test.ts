import { intervalMs, type RatePolicy } from '@streamflix/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Grant, PrepaidTurns } from './prepaid-turns.ts';

/** What all gateways share. */
class Shared {
  nowMs = 1_000;
  asked = 0;
  granted = 0;
  #usedUntil = 0;

  readonly grant = async (policy: RatePolicy, _subject: string, wanted: number): Promise<Grant> => {
    this.asked += 1;
    const [interval, windowMs] = [intervalMs(policy), policy.windowSeconds * 1000];
    const before = Math.max(this.#usedUntil, this.nowMs);
    const turns = Math.max(0, Math.min(wanted, Math.floor((windowMs + 0.01 - (before - this.nowMs)) / interval)));
    this.granted += turns;
    this.#usedUntil = before + turns * interval;
    return { turns, aheadMs: this.#usedUntil - this.nowMs };
  };
  readonly gateway = () => new PrepaidTurns(this.grant, () => this.nowMs);
}

const policyOf = (limit: number): RatePolicy => ({ name: 'key', limit, windowSeconds: 60 });

it('however requests come, and through however many gateways, no more are let through than the limit', async () => {
  const requests = fc.array(fc.record({ afterMs: fc.nat(150), gateway: fc.nat(2), count: fc.integer({ min: 1, max: 60 }) }), {
    minLength: 1,
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3_000 }), requests, async (limit, all) => {
      const shared = new Shared();
      const gateways = Array.from({ length: 3 }, shared.gateway);
      let allowed = 0;
      for (const { afterMs, gateway, count } of all) {
        shared.nowMs += afterMs;
        const turns = await Promise.all(
          Array.from({ length: count }, () => gateways[gateway]?.take(policyOf(limit), 'a') ?? Promise.reject(new Error('none'))),
        );
        allowed += turns.filter(({ isAllowed }) => isAllowed).length;
      }
      expect(allowed).toBeLessThanOrEqual(shared.granted);
      expect(shared.granted).toBeLessThanOrEqual(limit + (shared.nowMs - 1_000) / intervalMs(policyOf(limit)) + 1);
    }),
  );
});

it('whoever asks often has most of the requests answered without asking anybody', async () => {
  const shared = new Shared();
  const gateway = shared.gateway();
  const policy = policyOf(60_000);
  const remaining: number[] = [];
  for (let request = 0; request < 1_000; request += 1) {
    shared.nowMs += 1;
    const turn = await gateway.take(policy, 'a');
    expect(turn.isAllowed).toBe(true);
    remaining.push(turn.remaining);
  }
  expect(shared.asked).toBeLessThan(40);
  // One a millisecond comes back, and one is used.
  expect(Math.min(...remaining)).toBeGreaterThanOrEqual(policy.limit - 2);
});

it('many at once share what is asked for, and are refused together', async () => {
  const shared = new Shared();
  const gateway = shared.gateway();
  const policy = policyOf(1_200);
  const turns = await Promise.all(Array.from({ length: 1_300 }, () => gateway.take(policy, 'a')));
  expect(turns.filter(({ isAllowed }) => isAllowed)).toHaveLength(1_200);
  expect(shared.asked).toBeLessThan(700);
});

it('whoever stays below the limit is not refused, though every request comes through another gateway', async () => {
  const shared = new Shared();
  const gateways = Array.from({ length: 20 }, shared.gateway);
  const policy = policyOf(6_000);
  for (let request = 0; request < 20_000; request += 1) {
    shared.nowMs += 11;
    expect(await gateways[request % 20]?.take(policy, 'a')).toMatchObject({ isAllowed: true });
  }
});

it('small limits are counted one by one', async () => {
  const shared = new Shared();
  const gateway = shared.gateway();
  for (let request = 0; request < 5; request += 1) expect((await gateway.take(policyOf(5), 'a')).remaining).toBe(4 - request);
  expect(await gateway.take(policyOf(5), 'a')).toMatchObject({ isAllowed: false, remaining: 0, retryAfterSeconds: 12 });
  expect(shared.asked).toBe(6);
});
