import { encodedRenditions, planJob, planTasks, profileSchema, StreamflixError } from '@streamflix/contracts';
import { plainSource } from '@streamflix/contracts/testkit';
import { eq } from 'drizzle-orm';
import { beforeEach, expect, test } from 'vitest';
import { schema } from '../database/index.ts';
import {
  addRenditions,
  addTasks,
  type ClaimedTask,
  claimTask,
  encodeInSoftware,
  ensureJob,
  finishTask,
  inTransaction,
  listRenditions,
  lockJob,
  moveJob,
  renewLease,
  settleFailure,
  sweepUnclaimable,
} from './index.ts';
import { jobRow, taskRow, taskRows } from './testkit/rows.ts';
import { submission } from './testkit/submission.ts';
import { useWorkBench } from './testkit/work-bench.ts';
import { claimOf, finish as finishClaim } from './testkit/worker.ts';

const bench = useWorkBench();
let jobId: string;

const profile = profileSchema.parse({
  rungs: [{ shortSide: 720, ceilingKbps: 2800 }],
  codecs: [{ codec: 'h264', hardware: true }, { codec: 'hevc' }],
});
const device = 'encoder:h264_nvenc';
/** Two chunks on the device, two of software. */
const plan = planJob(plainSource({ durationSeconds: 60 }), { name: 'own', version: 1, profile }, null, [device]);

beforeEach(async () => {
  jobId = await inTransaction(bench.ports, async (unit) => {
    const { job } = await ensureJob(unit, submission());
    await addRenditions(unit, job, encodedRenditions(plan));
    const encodes = planTasks(plan).map(({ name, spec, requires }) => ({
      ...{ name, spec, requires, pool: 'encode' as const, state: 'ready' as const, predictedCpuSeconds: 1 },
      renditions: spec.kind === 'video' ? spec.renditions.map((rendition) => rendition.name) : ['images'],
    }));
    const packaging = { name: 'package', pool: 'package', spec: { kind: 'package' }, state: 'waiting' } as const;
    await addTasks(unit, job, [...encodes, { ...packaging, predictedCpuSeconds: 1 }]);
    await moveJob(unit, job, 'assigned', { who: 'test' }, { plan });
    return job.id;
  });
});

/** Claims everything for a worker that can do everything, by name. */
async function claimAll(capabilities: string[]): Promise<Map<string, ClaimedTask>> {
  const claimed = new Map<string, ClaimedTask>();
  for (;;) {
    const next = await claimTask(bench.ports, { pool: 'encode', worker: 'w', leaseMs: 60_000, capabilities });
    if (next === null) return claimed;
    claimed.set(next.task.name, next);
  }
}
const taskOf = (claimed: Map<string, ClaimedTask>, name: string): ClaimedTask => {
  const task = claimed.get(name);
  if (task === undefined) throw new Error(`${name} was not claimed`);
  return task;
};

/** As the encode task ends whose device failed. */
const leaveDevice = (claimed: ClaimedTask): Promise<void> =>
  inTransaction(bench.ports, async (unit) => {
    const job = await lockJob(unit, jobId);
    if (job === null) throw new Error('no job');
    await finishTask(unit, claimOf(claimed), { objects: [] }, 'w');
    await encodeInSoftware(unit, job, claimed.task, { who: 'w', why: 'the driver went away' });
  });

const encodersNow = async (): Promise<unknown[]> =>
  (await taskRows(bench.database)).flatMap(({ name, spec, state, requires }) =>
    spec.kind === 'video' ? [[name, state, requires, spec.renditions.map(({ encoder }) => encoder)]] : [],
  );

test('a device that fails at one chunk is left for all chunks of its renditions, done ones too, and for no others', async () => {
  const claimed = await claimAll([device, 'encoder:libx265']);
  for (const name of ['video-0', 'video-hevc-0']) await finishClaim(bench.ports, taskOf(claimed, name));
  await leaveDevice(taskOf(claimed, 'video-1'));
  expect((await encodersNow()).toSorted()).toEqual([
    ['video-0', 'ready', [], [undefined]],
    ['video-1', 'ready', [], [undefined]],
    ['video-hevc-0', 'done', ['encoder:libx265'], [undefined]],
    ['video-hevc-1', 'running', ['encoder:libx265'], [undefined]],
  ]);
  const rows = await bench.database.query((db) => listRenditions(db, jobId));
  expect(rows.find(({ name }) => name === '720p')?.spec).not.toHaveProperty('encoder');
  expect((await jobRow(bench.database, jobId))?.plan?.renditions[0]).not.toHaveProperty('encoder');
  const notes = await bench.database.query((db) =>
    db.select({ why: schema.history.why }).from(schema.history).where(eq(schema.history.jobId, jobId)),
  );
  expect(notes).toContainEqual({ why: '720p in software instead of h264_nvenc: the driver went away' });
});

test('who still encodes on the device loses its lease, and what it made is refused', async () => {
  const claimed = await claimAll([device, 'encoder:libx265']);
  const other = taskOf(claimed, 'video-0');
  await leaveDevice(taskOf(claimed, 'video-1'));
  expect(await renewLease(bench.database, claimOf(other), 1_000)).toBe('lost');
  await expect(finishClaim(bench.ports, other)).rejects.toMatchObject({ code: 'LEASE_LOST' });
  expect(await settleFailure(bench.ports, other.task, new StreamflixError('ENCODER_FAILED'), 'w')).toBe('lost');
  // It failed there too, a moment later: nothing is planned twice.
  await expect(leaveDevice(other)).rejects.toMatchObject({ code: 'LEASE_LOST' });
  expect((await taskRows(bench.database)).filter(({ renditions }) => renditions.includes('720p'))).toHaveLength(2);
});

test('the rendition is done when software has made every chunk, and consists of those alone', async () => {
  const before = await claimAll([device, 'encoder:libx265']);
  await finishClaim(bench.ports, taskOf(before, 'video-0'));
  await leaveDevice(taskOf(before, 'video-1'));
  const claimed = await claimAll([]);
  await finishClaim(bench.ports, taskOf(claimed, 'video-0'));
  const renditionNow = async () =>
    (await bench.database.query((db) => listRenditions(db, jobId))).find(({ name }) => name === '720p');
  expect(await renditionNow()).toMatchObject({ done: false, spec: { name: '720p' } });
  await finishClaim(bench.ports, taskOf(claimed, 'video-1'));
  expect(await renditionNow()).toMatchObject({ done: true, objects: [{ rendition: '720p' }, { rendition: '720p' }] });
});

test('a device that is gone is not waited for as long as what only it could do', async () => {
  const patience = { who: 'sweep', optionalMs: 0, requiredMs: 3_600_000 };
  await sweepUnclaimable(bench.ports, patience);
  expect((await jobRow(bench.database, jobId))?.state).toBe('assigned');
  expect(await taskRow(bench.database, 'video-0')).toMatchObject({ state: 'ready', requires: [] });
  expect(await taskRow(bench.database, 'video-hevc-0')).toMatchObject({ state: 'ready', requires: ['encoder:libx265'] });
});
