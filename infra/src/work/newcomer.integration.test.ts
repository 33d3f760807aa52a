import { type JobPlan, type Pool, planJob, planTasks, predictCpuSeconds } from '@streamflix/contracts';
import { plainSource } from '@streamflix/contracts/testkit';
import { expect, test } from 'vitest';
import { addTasks, type ClaimedTask, claimTask, ensureJob, ensureProbeTask, finishTask, inTransaction } from './index.ts';
import { submission } from './testkit/submission.ts';
import { useWorkBench } from './testkit/work-bench.ts';
import { claimOf } from './testkit/worker.ts';

const queuedJobs = 500;
const workers = ['w1', 'w2', 'w3', 'w4'] as const;

const bench = useWorkBench();

const planOf = (durationSeconds: number): JobPlan => planJob(plainSource({ durationSeconds }));

/** A job as intake leaves it to the pool of probes, or the plan of a video to the pool of encoders. */
function queue(tenantId: string, videoId: string, pool: Pool, plan: JobPlan): Promise<void> {
  return inTransaction(bench.ports, async (unit) => {
    const { job } = await ensureJob(unit, submission({ tenantId, videoId }));
    if (pool === 'probe') return void (await ensureProbeTask(unit, job));
    const tasks = planTasks(plan).map(({ name, spec }) => ({
      ...{ name, pool, spec, state: 'ready' as const },
      predictedCpuSeconds: predictCpuSeconds(spec, plan.source),
    }));
    await addTasks(unit, job, tasks);
  });
}

const claim = (pool: Pool, worker: string): Promise<ClaimedTask | null> =>
  claimTask(bench.ports, { pool, worker, leaseMs: 60_000 });
const finish = (claimed: ClaimedTask): Promise<void> =>
  inTransaction(bench.ports, (unit) => finishTask(unit, claimOf(claimed), { objects: [] }, 'w'));

test.each<Pool>(['probe', 'encode'])(
  'behind a tenant with 500 queued jobs the single job of another is in the next round of %s claims, whenever it comes',
  { timeout: 120_000 },
  async (pool) => {
    const [short, long] = [planOf(20), planOf(300)];
    for (let index = 0; index < queuedJobs; index += 1) await queue('heavy', `v${index}`, pool, index % 5 === 0 ? long : short);
    let running: ClaimedTask[] = [];
    /** Every worker ends its task and claims another, all at the same time; whose they are. */
    const round = async (): Promise<string[]> => {
      await Promise.all(running.map(finish));
      running = (await Promise.all(workers.map((worker) => claim(pool, worker)))).filter((each) => each !== null);
      return running.map(({ task }) => task.tenantId);
    };
    for (const rounds of [0, 1, 3, 20]) {
      for (let passed = 0; passed < rounds; passed += 1) expect(await round()).toHaveLength(workers.length);
      const newcomer = `newcomer-after-${rounds}`;
      await queue(newcomer, 'v', pool, short);
      expect(await round()).toContain(newcomer);
    }
    expect(await round()).toContain('heavy');
  },
);

test('behind 500 queued jobs a single job is next, and has begun whole after twice as many claims as it has tasks', async () => {
  const plan = planOf(20);
  for (let index = 0; index < queuedJobs; index += 1) await queue('heavy', `v${index}`, 'encode', plan);
  for (let index = 0; index < 50; index += 1) await claim('encode', 'w');
  await queue('newcomer', 'v', 'encode', plan);
  const count = planTasks(plan).length;
  const next: (string | undefined)[] = [];
  for (let index = 0; index < 2 * count; index += 1) next.push((await claim('encode', 'w'))?.task.tenantId);
  expect(next[0]).toBe('newcomer');
  expect(next.filter((tenant) => tenant === 'newcomer')).toHaveLength(count);
}, 120_000);
