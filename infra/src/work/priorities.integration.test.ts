import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { type JobRow, schema } from '../database/index.ts';
import { claimTask, ensureJob, ensureProbeTask, inTransaction, type Quota, reprioritiseJob, submitUpload } from './index.ts';
import { jobRow } from './testkit/rows.ts';
import { submission } from './testkit/submission.ts';
import { useWorkBench } from './testkit/work-bench.ts';

const bench = useWorkBench();

const submit = (tenantId: string, priority: number, quota: Quota): Promise<JobRow> =>
  inTransaction(bench.ports, async (unit) => {
    const { job } = await ensureJob(unit, submission({ tenantId, priority }), quota);
    await ensureProbeTask(unit, job);
    return job;
  });
const grant = (id: string, maxPriority: number | null) =>
  bench.database.query((db) => db.insert(schema.tenants).values({ id, maxPriority }));
const notesOf = async ({ id }: JobRow): Promise<(string | null)[]> =>
  (await bench.database.query((db) => db.select().from(schema.history).where(eq(schema.history.jobId, id))))
    .filter(({ taskId }) => taskId === null)
    .map(({ why }) => why);
const jobNow = ({ id }: JobRow) => jobRow(bench.database, id);

test.each<[string, number | null | undefined, Quota, number, number]>([
  ['of the configuration', undefined, { maxPriority: 5 }, 10, 5],
  ['of the tenant, which is lower', 3, { maxPriority: 5 }, 10, 3],
  ['of the tenant, which is higher', 8, { maxPriority: 5 }, 10, 8],
  ['of the configuration, where the tenant is granted other things', null, { maxPriority: 5 }, 10, 5],
])('a priority above the highest %s is lowered, and the job says so', async (_, granted, quota, requested, expected) => {
  if (granted !== undefined) await grant('acme', granted);
  const job = await submit('acme', requested, quota);
  expect([job.priority, job.requestedPriority]).toEqual([expected, requested]);
  expect(await notesOf(job)).toEqual([`priority ${requested} lowered to ${expected}, the highest of the tenant`]);
});

test('a priority that the tenant may have stays as it is, and nothing is said', async () => {
  const job = await submit('acme', 5, { maxPriority: 5 });
  expect([job.priority, job.requestedPriority, await notesOf(job)]).toEqual([5, null, []]);
});

test('a tenant that marks everything critical goes before nobody who is granted more', async () => {
  const quota = { maxPriority: 5 };
  await grant('trusted', 10);
  await submit('pushy', 10, quota);
  await submit('trusted', 10, quota);
  expect((await claimTask(bench.ports, { pool: 'probe', worker: 'w', leaseMs: 60_000 }))?.job.tenantId).toBe('trusted');
});

test('re-prioritising is no way round the highest priority', async () => {
  const quota = { maxPriority: 5 };
  const job = await submit('acme', 3, quota);
  const ask = (priority: number) =>
    reprioritiseJob(bench.ports, { tenantId: 'acme', jobId: job.id, priority, requestedBy: 'test' }, quota);
  expect(await ask(10)).toBe('reprioritised');
  expect(await jobNow(job)).toMatchObject({ priority: 5, requestedPriority: 10 });
  expect(await notesOf(job)).toEqual(['priority 3 to 5: priority 10 lowered to 5, the highest of the tenant']);
  await ask(5);
  expect(await jobNow(job)).toMatchObject({ priority: 5, requestedPriority: null });
});

test('what the gateway tells of a lowered job is its lowered priority', async () => {
  await submitUpload(bench.ports, submission({ priority: 10 }), { maxPriority: 5 });
  const [told] = await bench.database.query((db) => db.select().from(schema.outbox));
  expect(told?.value).toMatchObject({ priority: 5 });
});
