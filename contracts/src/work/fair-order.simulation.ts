import { clockAfterClaim, compareTurns, type Rank, type Turn, tagInTurn } from './fair-order.ts';

/** Numbers from 0 (inclusive) to 1 (exclusive), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface SimulatedTask extends Turn {
  tenant: number;
  cpuSeconds: number;
  startedAt?: number;
}

interface Tenant {
  weight: number;
  finish: number;
  /** In the order of their tags. */
  waiting: SimulatedTask[];
  running: number;
  /** Worker-seconds it got, and those it was entitled to. */
  served: number;
  entitled: number;
}

interface Event {
  at: number;
  run: () => void;
}

/**
 * How many workers each is entitled to: by weight, and what one cannot use goes to the others by theirs (weighted max-min fairness).
 */
export function divide(workers: number, demands: readonly { tasks: number; weight: number }[]): number[] {
  const result = demands.map(() => 0);
  let left = workers;
  let weights = demands.reduce((sum, { weight }) => sum + weight, 0);
  const byNeed = [...demands.entries()].sort(([, a], [, b]) => a.tasks / a.weight - b.tasks / b.weight);
  for (const [index, { tasks, weight }] of byNeed) {
    const share = Math.min(tasks, (left * weight) / weights);
    result[index] = share;
    left -= share;
    weights -= weight;
  }
  return result;
}

/** One pool in virtual time: tasks are planned and claimed by the rules of fair-order.ts and run for as long as was predicted. */
export class Simulation {
  now = 0;
  readonly #workers: number;
  readonly #tenants: Tenant[];
  readonly #events: Event[] = [];
  #free: number;
  #clock = 0;

  constructor({ workers, weights }: { workers: number; weights: readonly number[] }) {
    this.#workers = workers;
    this.#free = workers;
    this.#tenants = weights.map((weight) => ({ weight, finish: 0, waiting: [], running: 0, served: 0, entitled: 0 }));
  }

  at(moment: number, run: () => void): void {
    let [low, high] = [0, this.#events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.at ?? moment) > moment) high = middle;
      else low = middle + 1;
    }
    this.#events.splice(low, 0, { at: moment, run });
  }

  plan(tenant: number, cpuSeconds: number, rank: Rank = 5): SimulatedTask {
    const owner = this.#tenant(tenant);
    const { tags, finish } = tagInTurn({ clock: this.#clock, finish: owner.finish, weight: owner.weight }, [cpuSeconds]);
    owner.finish = finish;
    const task: SimulatedTask = { tenant, cpuSeconds, rank, tag: tags[0] ?? Number.NaN };
    owner.waiting.push(task);
    return task;
  }

  runUntil(end: number): void {
    this.#claimAll();
    for (let next = this.#events[0]; next !== undefined && next.at <= end; next = this.#events[0]) {
      this.#events.shift();
      this.now = next.at;
      next.run();
      this.#claimAll();
    }
    this.now = end;
  }

  /** Compares once a second what each tenant has with what it is entitled to, while work of it has waited for `patience` seconds or more. */
  measure({ patience, until }: { patience: number; until: number }): void {
    const since = this.#tenants.map(() => Number.POSITIVE_INFINITY);
    for (let at = 1; at < until; at += 1) {
      this.at(at, () => {
        const demands = this.#tenants.map(({ waiting, running, weight }) => ({ tasks: waiting.length + running, weight }));
        const entitlements = divide(this.#workers, demands);
        for (const [index, tenant] of this.#tenants.entries()) {
          since[index] = tenant.waiting.length === 0 ? Number.POSITIVE_INFINITY : Math.min(since[index] ?? at, at);
          if (at - (since[index] ?? at) < patience) continue;
          tenant.served += tenant.running;
          tenant.entitled += entitlements[index] ?? 0;
        }
      });
    }
  }

  shares(): Pick<Tenant, 'served' | 'entitled'>[] {
    return this.#tenants.map(({ served, entitled }) => ({ served, entitled }));
  }

  #tenant(index: number): Tenant {
    const tenant = this.#tenants[index];
    if (tenant === undefined) throw new Error(`no tenant ${index}`);
    return tenant;
  }

  #claimAll(): void {
    while (this.#free > 0) {
      const heads = this.#tenants.flatMap(({ waiting }) => waiting[0] ?? []);
      if (heads.length === 0) return;
      const task = heads.reduce((best, head) => (compareTurns(head, best) < 0 ? head : best));
      const owner = this.#tenant(task.tenant);
      owner.waiting.shift();
      owner.running += 1;
      this.#free -= 1;
      this.#clock = clockAfterClaim(this.#clock, task.tag);
      task.startedAt = this.now;
      this.at(this.now + task.cpuSeconds, () => {
        owner.running -= 1;
        this.#free += 1;
      });
    }
  }
}
