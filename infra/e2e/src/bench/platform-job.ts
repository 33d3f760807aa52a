import { appendFileSync, createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type JobPlan, jobSchema, type Rendition } from '@streamflix/contracts';
import { loadConfig } from '@streamflix/infra/config';
import { runSetup, type StackEnv, stackStatus, startStack, stopStack, supervise } from '@streamflix/infra/local';
import { downloadToFile, openStorage, type StorageProvider } from '@streamflix/infra/storage';
import pg from 'pg';
import { ownEnvironment } from '../run/own-environment.ts';
import { CpuAccount } from './cpu-account.ts';
import type { Cost } from './raw-ffmpeg.ts';
import { measureTrack, type Track } from './track.ts';

const processNames = ['ingest', 'probe', 'encode', 'package', 'notify', 'sweep', 'gateway'];
const lookEveryMs = 20;

/** When something happened, in seconds after the job was accepted. */
export interface Step {
  name: string;
  begin: number;
  end: number;
}

export interface PlatformRun extends Cost {
  /** What Kafka, the registry, PostgreSQL, Redis and the store used meanwhile. */
  serverCpuSeconds: number;
  steps: Step[];
  tracks: Track[];
  thumbnails: number;
  plan: JobPlan;
  renditions: Rendition[];
}

interface JobRow {
  state: string;
  plan: JobPlan;
  outcome: { packagePrefix: string; images: unknown[] };
  error_message: string | null;
}

interface Accounts {
  platform: CpuAccount;
  servers: CpuAccount;
}

interface Parts {
  env: StackEnv;
  storage: StorageProvider;
  database: pg.Client;
  accounts: Accounts;
  /** In the order in which they are to be called. */
  stops: readonly (() => Promise<unknown>)[];
}

export interface StartOptions {
  signal: AbortSignal;
  onNotice: (notice: string) => void;
}

async function closeAll({ platform, servers }: Accounts): Promise<void> {
  await platform.close();
  await servers.close();
}

async function stopAll(stops: Parts['stops']): Promise<void> {
  for (const stop of stops) await stop();
}

/** The whole platform as it is run: every processor its own process, on real servers. */
export class RunningPlatform {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Fresh servers and all processes. What could not be started whole is stopped again. */
  static async start(stackDir: string, { signal, onNotice }: StartOptions): Promise<RunningPlatform> {
    const accounts = { platform: CpuAccount.open('platform'), servers: CpuAccount.open('servers') };
    const stops: (() => Promise<unknown>)[] = [() => stopStack(stackDir), () => closeAll(accounts)];
    try {
      const env = await startStack({ dir: stackDir, fresh: true, environment: ownEnvironment(), onNotice, signal });
      const log = join(stackDir, 'logs/processes.log');
      const onLine = (name: string, line: string): void => appendFileSync(log, `${name} ${line}\n`);
      await runSetup({ ...process.env, ...env }, onLine, signal);
      const processes = await supervise({ names: processNames, env: { ...env }, onLine });
      stops.unshift(() => processes.stop());
      await processes.ready;
      const database = new pg.Client({ connectionString: env.DATABASE_URL });
      await database.connect();
      stops.unshift(() => database.end());
      const storage = openStorage(loadConfig({ ...env }).storage);
      stops.unshift(() => storage.close());
      accounts.platform.add(processNames.flatMap((name) => processes.pidOf(name) ?? []));
      accounts.servers.add((await stackStatus(stackDir)).flatMap(({ pid }) => pid ?? []));
      return new RunningPlatform({ env, storage, database, accounts, stops });
    } catch (error) {
      await stopAll(stops);
      throw error;
    }
  }

  get ffmpegPath(): string {
    return this.#parts.env.FFMPEG_PATH;
  }

  async stop(): Promise<void> {
    await stopAll(this.#parts.stops);
  }

  /** One job over a source that is in the store, from the request to the outcome in the database. */
  async runJob(file: string, round: number, signal: AbortSignal): Promise<PlatformRun> {
    const sourceKey = `bench/${round}/${basename(file)}`;
    await this.#parts.storage.write({ key: sourceKey }, createReadStream(file));
    const before = this.#usage();
    const startedAt = performance.now();
    const jobId = await this.#submit(sourceKey, `bench-${round}`);
    const job = await this.#untilEnded(jobId, signal);
    const wallSeconds = (performance.now() - startedAt) / 1000;
    const after = this.#usage();
    if (job.state !== 'completed') throw new Error(`the job ended as ${job.state}: ${job.error_message}`);
    const renditions = await this.#renditionsOf(jobId);
    return {
      wallSeconds,
      cpuSeconds: after.platform - before.platform,
      serverCpuSeconds: after.servers - before.servers,
      steps: await this.#stepsOf(jobId),
      tracks: await this.#measure(job.outcome.packagePrefix, renditions),
      thumbnails: job.outcome.images.length,
      plan: job.plan,
      renditions,
    };
  }

  #usage(): { platform: number; servers: number } {
    return { platform: this.#parts.accounts.platform.seconds(), servers: this.#parts.accounts.servers.seconds() };
  }

  async #submit(sourceKey: string, videoId: string): Promise<string> {
    const answer = await fetch(new URL('/api/v1/jobs', this.#parts.env.GATEWAY_URL), {
      method: 'POST',
      headers: { 'x-api-key': this.#parts.env.API_KEY, 'content-type': 'application/json' },
      body: JSON.stringify({ sourceKey, videoId }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`the gateway answers ${answer.status}: ${text}`);
    return jobSchema.parse(JSON.parse(text)).id;
  }

  async #untilEnded(jobId: string, signal: AbortSignal): Promise<JobRow> {
    for (;;) {
      const { rows } = await this.#parts.database.query<JobRow>(
        'select state, plan, outcome, error_message from jobs where id = $1',
        [jobId],
      );
      const [job] = rows;
      if (job !== undefined && ['completed', 'failed', 'cancelled'].includes(job.state)) return job;
      await delay(lookEveryMs, undefined, { signal });
    }
  }

  async #renditionsOf(jobId: string): Promise<Rendition[]> {
    const { rows } = await this.#parts.database.query<{ spec: Rendition }>('select spec from renditions where job_id = $1', [
      jobId,
    ]);
    return rows.map(({ spec }) => spec);
  }

  async #stepsOf(jobId: string): Promise<Step[]> {
    const { rows } = await this.#parts.database.query<Step>(
      `select t.name, extract(epoch from t.started_at - j.created_at)::float8 as begin,
              extract(epoch from t.finished_at - j.created_at)::float8 as end
       from tasks t join jobs j on j.id = t.job_id where j.id = $1 and t.finished_at is not null order by t.started_at`,
      [jobId],
    );
    return rows;
  }

  async #measure(packagePrefix: string, renditions: readonly Rendition[]): Promise<Track[]> {
    const rungs = renditions.filter((rendition) => rendition.kind === 'video').toSorted((a, b) => b.height - a.height);
    const dir = await mkdtemp(join(tmpdir(), 'streamflix-package-'));
    try {
      return await Promise.all(rungs.map((rung) => this.#measureRung(`${packagePrefix}${rung.name}/`, rung, dir)));
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  async #measureRung(prefix: string, { name, height }: { name: string; height: number }, dir: string): Promise<Track> {
    const paths: string[] = [];
    for await (const { key } of this.#parts.storage.list(prefix)) {
      if (!/\.(mp4|m4s)$/.test(key)) continue;
      const path = join(dir, `${basename(dirname(key))}-${basename(key)}`);
      await downloadToFile(this.#parts.storage, { key }, path);
      paths.push(path);
    }
    return measureTrack({ name, height }, paths.toSorted());
  }
}
