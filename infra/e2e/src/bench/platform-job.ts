import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type JobPlan, jobSchema } from '@streamflix/contracts';
import { downloadToFile, type StorageProvider } from '@streamflix/infra/storage';
import type pg from 'pg';
import { type CpuRows, cpuRows } from './cpu-rows.ts';
import type { Cost } from './measured-run.ts';
import { audiosOf, rungsOf } from './raw-args.ts';
import { type CpuSeconds, type RunningPlatform, sumOf } from './running-platform.ts';
import { type Stage, type Step, stagesOf } from './stages.ts';
import { measureTrack, type Outputs } from './track.ts';

const lookEveryMs = 50;
/** What a job leaves to be done after its outcome (files to delete, events to mark) is part of its cost. */
const aftermathMs = 1_000;
const patienceMs = 30 * 60_000;

export interface PlatformRun extends Cost, Outputs {
  /** What Kafka, the registry, PostgreSQL, Redis and the store used meanwhile. */
  servers: CpuSeconds;
  cpu: CpuRows;
  tasks: Step[];
  stages: Stage[];
  plan: JobPlan;
}

interface Ended {
  state: string;
  plan: JobPlan;
  outcome: { packagePrefix: string; images: unknown[] };
  error_message: string | null;
  completed: number;
  published: number;
}

/** Asks the gateway for a job over an object of the store, and gives the job's id. */
export async function submit({ env }: RunningPlatform, sourceKey: string, videoId: string): Promise<string> {
  const answer = await fetch(new URL('/api/v1/jobs', env.GATEWAY_URL), {
    method: 'POST',
    headers: { 'x-api-key': env.API_KEY, 'content-type': 'application/json' },
    body: JSON.stringify({ sourceKey, videoId }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the gateway answers ${answer.status}: ${text}`);
  return jobSchema.parse(JSON.parse(text)).id;
}

/** Waits until the outcome was read back from Kafka: only then could anybody downstream have it. Times are seconds after `epoch`. */
async function untilTold(database: pg.Client, jobId: string, epoch: number, signal: AbortSignal): Promise<Ended> {
  const until = Date.now() + patienceMs;
  while (Date.now() < until) {
    const { rows } = await database.query<Ended>(
      `select j.state, j.plan, j.outcome, j.error_message, extract(epoch from j.finished_at)::float8 - $2 as completed,
              extract(epoch from o.confirmed_at)::float8 - $2 as published
       from jobs j join outbox o on o.value->>'jobId' = j.id::text and o.topic in ('video.transcoded', 'video.failed')
       where j.id = $1 and o.confirmed_at is not null`,
      [jobId, epoch],
    );
    const [job] = rows;
    if (job !== undefined) return job;
    await delay(lookEveryMs, undefined, { signal });
  }
  throw new Error(`job ${jobId} has had no outcome for ${patienceMs / 60_000} minutes`);
}

async function tasksOf(database: pg.Client, jobId: string, epoch: number): Promise<Step[]> {
  const { rows } = await database.query<Step>(
    `select name, extract(epoch from started_at)::float8 - $2 as begin, extract(epoch from finished_at)::float8 - $2 as end
     from tasks where job_id = $1 and finished_at is not null order by started_at`,
    [jobId, epoch],
  );
  return rows;
}

async function measurePackage(storage: StorageProvider, { plan, outcome }: Ended): Promise<Outputs> {
  const names = [...rungsOf(plan.renditions), ...audiosOf(plan.renditions)].map(({ name }) => name);
  const dir = await mkdtemp(join(tmpdir(), 'streamflix-package-'));
  const measure = async (name: string) => {
    const paths: string[] = [];
    for await (const { key } of storage.list(`${outcome.packagePrefix}${name}/`)) {
      if (!/\.(mp4|m4s)$/.test(key)) continue;
      const path = join(dir, `${basename(dirname(key))}-${basename(key)}`);
      await downloadToFile(storage, { key }, path);
      paths.push(path);
    }
    return measureTrack(name, paths.toSorted());
  };
  try {
    return { tracks: await Promise.all(names.map(measure)), thumbnails: outcome.images.length };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const difference = (after: CpuSeconds, before: CpuSeconds): CpuSeconds =>
  Object.fromEntries(Object.entries(after).map(([name, seconds]) => [name, seconds - (before[name] ?? 0)]));

/** One job over a source that is in the store already, from the request to the outcome in Kafka. */
export async function runJob(
  platform: RunningPlatform,
  file: string,
  videoId: string,
  signal: AbortSignal,
): Promise<PlatformRun> {
  const sourceKey = `bench/${videoId}/${basename(file)}`;
  await platform.storage.write({ key: sourceKey }, { file });
  const processes = platform.fingerprint();
  const before = platform.usage();
  const watch = platform.watchTools();
  const epoch = Date.now() / 1000;
  let watched: ReturnType<typeof watch.stop>;
  let ended: Ended;
  let jobId: string;
  let accepted: number;
  try {
    jobId = await submit(platform, sourceKey, videoId);
    accepted = Date.now() / 1000 - epoch;
    ended = await untilTold(platform.database, jobId, epoch, signal);
  } finally {
    watched = watch.stop();
  }
  await delay(aftermathMs, undefined, { signal });
  const after = platform.usage();
  if (ended.state !== 'completed') throw new Error(`the job ended as ${ended.state}: ${ended.error_message}`);
  if (platform.fingerprint() !== processes) throw new Error('a process ended during the job and was started again');
  const { plan, completed, published } = ended;
  const tasks = await tasksOf(platform.database, jobId, epoch);
  const used = difference(after.platform, before.platform);
  return {
    wallSeconds: published,
    cpuSeconds: sumOf(used),
    servers: difference(after.servers, before.servers),
    cpu: cpuRows(used, difference(after.own, before.own), watched.tools),
    tasks,
    stages: stagesOf(tasks, watched, { accepted, completed, published }),
    plan,
    ...(await measurePackage(platform.storage, ended)),
  };
}
