import { expect, test } from 'vitest';
import type { OutgoingMessage } from '../bus/index.ts';
import { schema } from '../database/index.ts';
import { createTestLogger } from '../telemetry/index.ts';
import { progressTeller, returnExpiredLeases } from './index.ts';
import { probeJob } from './testkit/probe-job.ts';
import { expireLeases } from './testkit/rows.ts';
import { useWorkBench } from './testkit/work-bench.ts';
import { claimOne } from './testkit/worker.ts';

const bench = useWorkBench();
const logger = createTestLogger();

const noted = async (): Promise<number | undefined> => {
  const [task] = await bench.database.query((db) => db.select().from(schema.tasks));
  return task?.progress;
};
const told = () => bench.bus.published.filter(({ topic }) => topic === 'job.progress').map(({ value }) => value);

test('a step is in the database and told, with what it makes of the whole job', async () => {
  const jobId = await probeJob(bench.ports, { videoId: 'v1' });
  const { task } = await claimOne(bench.ports, { pool: 'probe' });
  await progressTeller(bench, task, logger)(0.5, 1.25);
  expect(await noted()).toBe(0.5);
  expect(told()).toEqual([
    expect.objectContaining({ jobId, videoId: 'v1', taskId: task.id, stage: 'probe', taskProgress: 0.5, speed: 1.25 }),
  ]);
  // The probe is three hundredths of a job.
  expect(told()[0]).toMatchObject({ jobProgress: expect.closeTo(0.015, 6) });
  const kept = await bench.database.query((db) => db.select().from(schema.outbox));
  expect(kept.map(({ topic }) => topic)).not.toContain('job.progress');
});

test('who lost its lease tells nothing', async () => {
  await probeJob(bench.ports, { videoId: 'v1' });
  const { task } = await claimOne(bench.ports, { pool: 'probe' });
  const tell = progressTeller(bench, task, logger);
  await expireLeases(bench.database);
  await returnExpiredLeases(bench.ports, 'sweep');
  await claimOne(bench.ports, { pool: 'probe', worker: 'successor' });
  await tell(0.75, null);
  expect(await noted()).toBe(0);
  expect(told()).toEqual([]);
});

test('a Kafka that takes its time keeps no note waiting, and gets no crowd when it is back', async () => {
  await probeJob(bench.ports, { videoId: 'v1' });
  const { task } = await claimOne(bench.ports, { pool: 'probe' });
  const sends: { messages: OutgoingMessage[]; take(): void }[] = [];
  const publish = (messages: OutgoingMessage[]) =>
    new Promise<{ id: string }[]>((resolve) => sends.push({ messages, take: () => resolve(messages) }));
  const tell = progressTeller({ ...bench, bus: { publish } }, task, logger);
  for (const fraction of [0.25, 0.5, 0.75]) await tell(fraction, null);
  expect(await noted()).toBe(0.75);
  expect(sends).toHaveLength(1);
  sends[0]?.take();
  await new Promise(setImmediate);
  await tell(0.875, null);
  expect(sends.map(({ messages }) => messages[0]?.value)).toMatchObject([{ taskProgress: 0.25 }, { taskProgress: 0.875 }]);
});
