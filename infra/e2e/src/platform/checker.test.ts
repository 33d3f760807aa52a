import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type FindingKind, objectKeys, type TopicName, type VerificationLine } from '@streamflix/contracts';
import { type Bus, connectBus } from '@streamflix/infra/bus';
import { type CheckerPorts, findOrphans, verifyJobs } from '@streamflix/infra/checker';
import { loadConfig } from '@streamflix/infra/config';
import { type Database, openDatabase } from '@streamflix/infra/database';
import { openStorage } from '@streamflix/infra/storage';
import { createTestLogger } from '@streamflix/infra/telemetry';
import { outcomeEventIdOf } from '@streamflix/infra/work';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { streamflix } from '../support/cli.ts';
import { sampleClip } from '../support/clips.ts';
import { selectRows } from '../support/database.ts';
import { requireEnv } from '../support/environment.ts';
import { OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { startPlatform } from '../support/platform.ts';
import { listObjects, newVideoId, uploadSource } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

interface EndedJob {
  jobId: string;
  videoId: string;
  outcome: Record<string, unknown> & { eventId: string };
  prefix: string;
}

const config = loadConfig(process.env);
const logger = createTestLogger();
const storage = openStorage(config.storage);
const s3 = new S3Client({
  endpoint: requireEnv('S3_ENDPOINT'),
  region: config.storage.region,
  forcePathStyle: true,
  credentials: { accessKeyId: requireEnv('AWS_ACCESS_KEY_ID'), secretAccessKey: requireEnv('AWS_SECRET_ACCESS_KEY') },
});
let database: Database;
let bus: Bus;
let ports: CheckerPorts;
const jobs: EndedJob[] = [];
let failedJobId: string;

/** Jobs end with the platform running; what is done to them afterwards nobody mends, for the platform is stopped. */
beforeAll(async () => {
  const outcomes = new OutcomeReader();
  const platform = await startPlatform('checker', { names: ['ingest', 'probe', 'encode', 'package', 'notify', 'sweep'] });
  const path = await sampleClip('tiny');
  const videoIds = Array.from({ length: 3 }, () => newVideoId('checked'));
  const text = Buffer.from('no video at all');
  const brokenId = newVideoId('checked-broken');
  const broken = await uploadSource(brokenId, path);
  await storage.write({ key: String(broken.sourceKey) }, text);
  for (const videoId of videoIds) publishUploads({ value: await uploadSource(videoId, path) });
  publishUploads({ value: broken });
  for (const videoId of videoIds) {
    const { topic, event } = await outcomes.waitFor(videoId);
    expect(topic).toBe('video.transcoded');
    jobs.push({ jobId: String(event.jobId), videoId, outcome: event, prefix: String(event.packagePrefix) });
  }
  failedJobId = String((await outcomes.waitFor(brokenId)).event.jobId);
  const ids = [...jobs.map(({ jobId }) => jobId), failedJobId];
  await waitFor('every event to be read back', async () => {
    const open = await selectRows(`select 1 from outbox where confirmed_at is null and value->>'jobId' = any($1)`, [ids]);
    return open.length === 0 ? true : undefined;
  });
  await platform.stop();
  outcomes.close();
  database = openDatabase(config.database, { name: 'checker-test', logger });
  bus = await connectBus(config.bus, { clientId: 'checker-test', logger });
  ports = { database, bus, storage };
}, 240_000);

afterAll(async () => {
  await bus?.close();
  await database?.close();
  s3.destroy();
});

async function linesOf(jobId: string): Promise<VerificationLine[]> {
  const lines: VerificationLine[] = [];
  const scope = { sinceMs: 3_600_000, jobId };
  for await (const line of verifyJobs(ports, scope, { withOrphans: false, settleMs: 10 })) lines.push(line);
  return lines;
}

const kindsOf = async (jobId: string): Promise<FindingKind[]> =>
  (await linesOf(jobId)).flatMap((line) => (line.type === 'finding' ? [line.kind] : []));

const job = (index: number): EndedJob => {
  const found = jobs[index];
  if (found === undefined) throw new Error('the jobs did not end');
  return found;
};

const bytesOf = async (key: string): Promise<Buffer> => buffer(await storage.read({ key }));
const deleteObject = (key: string) => s3.send(new DeleteObjectCommand({ Bucket: config.storage.bucket, Key: key }));

const publish = async (topic: TopicName, { videoId }: EndedJob, event: EndedJob['outcome']): Promise<void> => {
  const [result] = await bus.publish([{ id: event.eventId, topic, key: videoId, value: event, headers: {} }]);
  expect(result?.error).toBeUndefined();
};

/** The outcome as the database has it; the independent reader's shape of numbers may differ. */
const writtenOutcome = async ({ jobId }: EndedJob): Promise<EndedJob['outcome']> => {
  const [row] = await selectRows<{ outcome: EndedJob['outcome'] }>('select outcome from jobs where id = $1', [jobId]);
  if (row === undefined) throw new Error('no such job');
  return row.outcome;
};

test('jobs that nobody touched give no finding, completed or failed', async () => {
  for (const jobId of [...jobs.map((each) => each.jobId), failedJobId]) {
    expect((await linesOf(jobId)).at(-1)).toEqual({ type: 'summary', jobs: 1, findings: 0, changing: 0 });
  }
});

test('a recent set is looked at as a whole', async () => {
  const seen: VerificationLine[] = [];
  for await (const line of verifyJobs(ports, { sinceMs: 3_600_000 }, { withOrphans: false, settleMs: 10 })) seen.push(line);
  const summary = seen.at(-1);
  expect(summary?.type === 'summary' && summary.jobs).toBeGreaterThanOrEqual(4);
  const own = new Set([...jobs.map(({ jobId }) => jobId), failedJobId]);
  expect(seen.filter((line) => line.type === 'finding' && own.has(line.jobId))).toEqual([]);
});

const firstSegment = ({ prefix }: EndedJob): Promise<string> =>
  listObjects(prefix).then((keys) => {
    const key = keys.find((each) => each.endsWith('seg-00001.m4s'));
    if (key === undefined) throw new Error('a package without segments');
    return key;
  });

test('a segment that was deleted', async () => {
  const key = await firstSegment(job(0));
  const body = await bytesOf(key);
  await deleteObject(key);
  expect(await kindsOf(job(0).jobId)).toEqual(['object-missing']);
  await storage.write({ key }, body);
  expect(await kindsOf(job(0).jobId)).toEqual([]);
});

test('a segment that was cut short', async () => {
  const key = await firstSegment(job(0));
  const body = await bytesOf(key);
  await storage.write({ key }, body.subarray(0, body.length - 1));
  expect(await kindsOf(job(0).jobId)).toEqual(['object-size']);
  await storage.write({ key }, body);
});

test('a manifest that can no longer be read, at the same size', async () => {
  const key = `${job(0).prefix}manifest.mpd`;
  const body = await bytesOf(key);
  await storage.write({ key }, Buffer.alloc(body.length, ' '));
  expect(await kindsOf(job(0).jobId)).toEqual(['manifest-invalid']);
  await storage.write({ key }, body);
});

test('an object that was not published with the package', async () => {
  const key = `${job(0).prefix}stranger.m4s`;
  await storage.write({ key }, Buffer.from('x'));
  expect(await kindsOf(job(0).jobId)).toEqual(['object-unexpected']);
  await deleteObject(key);
});

test('a work folder that is there after the clean-up', async () => {
  const { jobId } = job(0);
  const key = `${objectKeys.workPrefix('acme', jobId)}late/e1/file`;
  await storage.write({ key }, Buffer.from('x'));
  await selectRows('update jobs set cleaned_at = now() where id = $1', [jobId]);
  expect(await kindsOf(jobId)).toEqual(['leftover-objects']);
  await selectRows('update jobs set cleaned_at = null where id = $1', [jobId]);
});

test('an event that has not been read back for long', async () => {
  const { jobId, outcome } = job(0);
  await selectRows(`update outbox set confirmed_at = null, created_at = now() - interval '1 hour' where event_id = $1`, [
    outcome.eventId,
  ]);
  expect(await kindsOf(jobId)).toEqual(['outbox-unconfirmed']);
  await selectRows('update outbox set confirmed_at = now() where event_id = $1', [outcome.eventId]);
});

test('a task that was left running', async () => {
  const { jobId } = job(0);
  const [task] = await selectRows<{ id: string }>(`select id from tasks where job_id = $1 and name = 'package'`, [jobId]);
  await selectRows(`update tasks set state = 'running', lease_until = now() + interval '1 hour' where id = $1`, [task?.id]);
  await selectRows(`delete from history where task_id = $1 and to_state = 'done'`, [task?.id]);
  expect(await kindsOf(jobId)).toEqual(['task-open']);
  await selectRows(`update tasks set state = 'done', lease_until = null where id = $1`, [task?.id]);
  expect(await kindsOf(jobId)).toEqual(['history-illegal']);
  await selectRows(
    `insert into history (job_id, task_id, from_state, to_state, who) values ($1, $2, 'running', 'done', 'test')`,
    [jobId, task?.id],
  );
  expect(await kindsOf(jobId)).toEqual([]);
});

test('a completed job without a package', async () => {
  await storage.deletePrefix(job(1).prefix);
  expect(await kindsOf(job(1).jobId)).toEqual(['package-missing']);
});

test('a second outcome under another event id', async () => {
  const outcome = await writtenOutcome(job(2));
  await publish('video.transcoded', job(2), outcome);
  expect(await kindsOf(job(2).jobId)).toEqual([]);
  await publish('video.transcoded', job(2), { ...outcome, eventId: randomUUID() });
  expect(await kindsOf(job(2).jobId)).toEqual(['outcome-duplicated']);
});

test('a copy of the outcome that is not equal', async () => {
  const outcome = await writtenOutcome(job(0));
  await publish('video.transcoded', job(0), { ...outcome, durationSeconds: 99 });
  expect(await kindsOf(job(0).jobId)).toEqual(['outcome-differs']);
});

/** A job that ended by the book, but for what is said of it. */
async function writeCancelledJob(): Promise<string> {
  const [jobId, videoId] = [randomUUID(), newVideoId('cancelled')];
  const outcome = {
    eventId: outcomeEventIdOf({ id: jobId, attempt: 1 }),
    jobId,
    tenantId: 'acme',
    videoId,
    code: 'JOB_CANCELLED',
  };
  await selectRows(
    `insert into jobs (id, tenant_id, video_id, source_bucket, source_key, source_etag, state, outcome, finished_at)
     values ($1, 'acme', $2, 'b', 'k', 'e', 'cancelled', $3, now())`,
    [jobId, videoId, JSON.stringify(outcome)],
  );
  await selectRows(`insert into history (job_id, from_state, to_state, who) values ($1, 'pending', 'cancelled', 'test')`, [
    jobId,
  ]);
  return jobId;
}

test('an ended job of which its topic knows nothing', async () => {
  const jobId = await writeCancelledJob();
  expect(await kindsOf(jobId)).toEqual(['outcome-missing']);
  await selectRows('delete from jobs where id = $1', [jobId]);
});

test('a folder of a job that the database does not know', async () => {
  const jobId = randomUUID();
  const folder = objectKeys.jobPrefix('acme', jobId);
  const orphans = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const finding of findOrphans(ports)) found.push(finding.jobId);
    return found;
  };
  const before = await orphans();
  await storage.write({ key: `${folder}work/x` }, Buffer.from('x'));
  expect(await orphans()).toEqual([...before, jobId].sort());
  expect(before).not.toContain(job(0).jobId);
  await storage.deletePrefix(folder);
});

test('the command names each disagreement of a job and what to do, and succeeds where all agree', async () => {
  const gateway = await startPlatform('checker-gateway', { names: ['gateway'] });
  try {
    const damaged = await streamflix(['verify', '--job', job(1).jobId]);
    expect(damaged.stdout).toContain(`package-missing  job ${job(1).jobId}`);
    expect(damaged.stdout).toContain('1 disagreement; 1 job looked at.');
    const whole = await streamflix(['verify', '--job', failedJobId, '--json']);
    expect(JSON.parse(whole.stdout)).toEqual({ type: 'summary', jobs: 1, findings: 0, changing: 0 });
    expect([damaged.status, whole.status]).toEqual([1, 0]);
    const unknown = await streamflix(['verify', '--job', randomUUID()]);
    expect([unknown.status, unknown.stderr]).toEqual([3, expect.stringContaining('NOT_FOUND')]);
  } finally {
    await gateway.stop();
  }
}, 120_000);
