import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestLogger } from '../telemetry/index.ts';
import { createTestDatabase, RecordingBus, type TestDatabase } from '../testkit/index.ts';
import { claimTask, OutboxRelay, submitFetch, submitUpload } from '../work/index.ts';
import { submission } from '../work/testkit/submission.ts';
import { findJob, listTasks, readJobStatus, toTaskStatus } from './job-queries.ts';

let own: TestDatabase;
let outbox: OutboxRelay;
beforeAll(async () => {
  own = await createTestDatabase();
  outbox = new OutboxRelay({ database: own.database, bus: new RecordingBus(), logger: createTestLogger() });
});
afterAll(async () => {
  await outbox.drain();
  await own.drop();
});

const acme = () => own.database.forTenant('acme');
const globex = () => own.database.forTenant('globex');

async function submitFor(tenantId: string, videoId: string): Promise<string> {
  const scoped = { database: own.database.forTenant(tenantId), outbox };
  return (await submitUpload(scoped, submission({ tenantId, videoId, sizeBytes: 10 }), {})).jobId;
}

test('what a job tells of its tasks is what lies in their rows', async () => {
  const { sizeBytes, ...wanted } = submission({ tenantId: 'acme', videoId: 'fetched' });
  const origin = { kind: 'url', url: 'http://example.test/a.mp4?token=1' } as const;
  const asked = { submission: wanted as never, origin, requestedBy: 'test' };
  const { jobId } = await submitFetch({ database: acme(), outbox }, asked, {});
  await claimTask(own, { pool: 'ingest', worker: 'w', leaseMs: 1_000 });
  const status = await readJobStatus(acme(), 'acme', jobId);
  const rows = (await listTasks(own.database, jobId)).map(toTaskStatus);
  expect(rows[0]).toMatchObject({ state: 'running', startedAt: expect.any(Date), origin });
  expect(rows).toEqual(status?.tasks.map((told) => expect.objectContaining(told)));
  expect(Object.keys(status?.tasks[0] ?? {})).toContain('unclaimableSince');
  expect(status?.job).toEqual(await findJob(own.database, 'acme', jobId));
});

test('what is prepared on a connection for one tenant shows another nothing of it, not even asked in its name', async () => {
  const [mine, theirs] = [await submitFor('acme', 'a'), await submitFor('globex', 'b')];
  for (let time = 0; time < 12; time += 1) {
    const read = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const scoped = index % 2 === 0 ? acme() : globex();
        const found = await Promise.all([readJobStatus(scoped, 'acme', mine), readJobStatus(scoped, 'globex', theirs)]);
        return found.map((status) => status?.job.id);
      }),
    );
    expect(read).toEqual(read.map((_, index) => (index % 2 === 0 ? [mine, undefined] : [undefined, theirs])));
  }
});
