import { expect, test, vi } from 'vitest';
import { divide, Simulation, seededRandom } from './fair-order.simulation.ts';

// Some hundred thousand tasks; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

test('a tenant with a single job waits for one task at most, however many another has queued', () => {
  for (const workers of [1, 7, 50]) {
    const random = seededRandom(workers);
    const simulation = new Simulation({ workers, weights: [1, 1] });
    for (let job = 0; job < 500; job += 1) simulation.plan(0, 5 + 5 * random());
    simulation.runUntil(30 + 20 * random());
    const plannedAt = simulation.now;
    const single = simulation.plan(1, 8);
    simulation.runUntil(plannedAt + 60);
    expect(single.startedAt).toBeGreaterThanOrEqual(plannedAt);
    expect((single.startedAt ?? Number.POSITIVE_INFINITY) - plannedAt).toBeLessThanOrEqual(10);
  }
});

test('what a tenant cannot use goes to the others by their weights', () => {
  const demands = [
    { tasks: 1, weight: 5 },
    { tasks: 100, weight: 1 },
    { tasks: 100, weight: 2 },
  ];
  expect(divide(10, demands)).toEqual([1, 3, 6]);
  expect(divide(300, demands)).toEqual([1, 100, 100]);
});

test.each([1, 2])(
  'of 100 tenants on 1,000 workers none gets less than nine tenths of its share while it has work (seed %i)',
  (seed) => {
    const random = seededRandom(seed);
    const [seconds, longest] = [500, 20];
    const weights = Array.from({ length: 100 }, () => 0.5 + 3.5 * random());
    const simulation = new Simulation({ workers: 1_000, weights });
    // Bursts of any size at any time; together about half as much again as the workers can do.
    for (const tenant of weights.keys()) {
      const length = 2 + (longest - 2) * random();
      const burst = 1 + Math.floor(400 * random());
      const pause = (burst * length) / (15 * (0.2 + 1.8 * random()));
      for (let at = 100 * random(); at < seconds; at += 2 * pause * random() + 0.1) {
        simulation.at(at, () => {
          for (let task = 0; task < burst; task += 1) simulation.plan(tenant, length * (0.5 + 0.5 * random()));
        });
      }
    }
    // What runs is not interrupted: a newcomer may wait for one task of another.
    simulation.measure({ patience: longest, until: seconds });
    simulation.runUntil(seconds);
    const shares = simulation.shares().filter(({ entitled }) => entitled > 100);
    expect(shares.length).toBeGreaterThan(80);
    expect(shares.filter(({ entitled, served }) => served < 0.9 * entitled)).toEqual([]);
  },
);
