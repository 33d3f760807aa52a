import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VerificationLine } from '@streamflix/contracts';
import type { JobScope } from '@streamflix/infra/checker';
import type { IdempotencyKeys } from '@streamflix/infra/idempotency';
import { memoryRates } from '@streamflix/infra/rates';
import { openStorage, type StorageProvider } from '@streamflix/infra/storage';
import { createTestLogger } from '@streamflix/infra/telemetry';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../app.ts';
import type { LetterStore } from '../dead-letters/letter-store.ts';
import type { JobNews } from '../events/job-feed.ts';
import type { DependencyChecks } from '../health/check-dependencies.ts';
import type { InsightStore } from '../insight/insight-store.ts';
import type { JobStore } from '../jobs/job-store.ts';
import { noStatusCache } from '../jobs/status-cache.ts';
import type { GatewayPorts, GatewaySettings } from '../ports.ts';
import { holdToDocument } from './documented-answers.ts';
import { MemoryChanges } from './memory-changes.ts';
import { MemoryJobStore } from './memory-job-store.ts';
import { MemoryProfileStore } from './memory-profile-store.ts';
import { noIdentity } from './no-identity.ts';

export const testKey = 'a-key-for-tests-only';

export type OtherPorts = Partial<
  Pick<
    GatewayPorts,
    | ('changes' | 'statuses' | 'idempotency' | 'identity' | 'insight' | 'profiles')
    | ('sendMail' | 'passwordDigests' | 'rates' | 'logger')
  >
>;

/** For tests of everything else. */
const noLetters: LetterStore = {
  list: async () => [],
  group: async () => [],
  find: async () => null,
  decode: async () => ({}),
  preview: async () => ({ letters: 0, passedOver: {} }),
  replay: async () => ({ letters: 0, passedOver: {}, actionId: '' }),
  park: async () => ({ letters: 0, passedOver: {} }),
};

const unasked = async (): Promise<never> => {
  throw new Error('not in this test');
};
const noInsight: InsightStore = {
  explain: async () => null,
  load: unasked,
  probedSource: unasked,
  stats: unasked,
  usage: unasked,
};
/** The last one who watches is the one whom the test tells. */
function watchIn(watchers: TestGateway['watchers'], key: string, onNews: (news: JobNews) => void): () => void {
  watchers.set(key, onNews);
  return () => {
    if (watchers.get(key) === onNews) watchers.delete(key);
  };
}

const nowhere = () => Promise.reject(new Error('there is no place for answers'));
const noIdempotency: IdempotencyKeys = { open: nowhere, renew: nowhere, keep: nowhere, release: nowhere };

/** A gateway on a real folder store; its jobs are in memory unless a store is given. */
export class TestGateway {
  readonly app: FastifyInstance;
  readonly jobs: MemoryJobStore;
  readonly storage: StorageProvider;
  readonly checks: DependencyChecks;
  readonly watchers: Map<string, (news: JobNews) => void>;
  /** What a verification gives; set it before it is asked for. */
  readonly verification: { run(scope: JobScope, signal: AbortSignal): AsyncGenerator<VerificationLine> };
  readonly #dir: string;

  private constructor(
    parts: Pick<TestGateway, 'app' | 'jobs' | 'storage' | 'checks' | 'watchers' | 'verification'>,
    dir: string,
  ) {
    this.app = parts.app;
    this.jobs = parts.jobs;
    this.storage = parts.storage;
    this.checks = parts.checks;
    this.watchers = parts.watchers;
    this.verification = parts.verification;
    this.#dir = dir;
  }

  static async open(
    changes: Partial<GatewaySettings> = {},
    store?: JobStore,
    letters: LetterStore = noLetters,
    {
      identity = noIdentity,
      statuses = noStatusCache,
      idempotency = noIdempotency,
      sendMail = null,
      profiles = new MemoryProfileStore(),
      insight = noInsight,
      logger = createTestLogger(),
      ...more
    }: OtherPorts = {},
  ): Promise<TestGateway> {
    const dir = await mkdtemp(join(tmpdir(), 'gateway-'));
    const storage = openStorage({
      driver: 'local',
      dir,
      endpoint: undefined,
      bucket: 'streamflix',
      sourceBuckets: ['streamflix', 'other-bucket'],
      region: 'none',
      accessKeyId: undefined,
      secretAccessKey: undefined,
    });
    await storage.ensureBucket();
    const up = async () => undefined;
    const checks: DependencyChecks = { database: up, bus: up, registry: up, locks: up, store: up };
    const watchers = new Map<string, (news: JobNews) => void>();
    const jobs = new MemoryJobStore();
    const verification: TestGateway['verification'] = {
      run: async function* () {
        yield { type: 'summary', jobs: 0, findings: 0, changing: 0 };
      },
    };
    const app = await buildApp({
      settings: {
        apiKey: testKey,
        apiTenant: 'default',
        trustedProxies: [],
        corsOrigins: [],
        rates: { perAddress: 1_000_000, perCaller: 1_000_000, guesses: 1_000_000 },
        auth: { issuer: 'http://gateway.test', secret: undefined },
        externalIssuer: null,
        gatewayUrl: 'http://gateway.test',
        maxUploadBytes: 4 * 1024 * 1024,
        ownBucket: 'streamflix',
        sourceBuckets: ['streamflix', 'other-bucket'],
        fetch: {
          folders: { media: '/srv/media' },
          protocols: ['https:'],
          ports: [443],
          allowPrivate: false,
          maxMs: 60_000,
          minBytesPerSecond: 1,
        },
        rereadMs: 20,
        changesMs: 20,
        heartbeatMs: 20,
        slowMs: 5_000,
        maxStreams: 10,
        ...changes,
      },
      jobs: store ?? jobs,
      statuses,
      noteWrite: async () => undefined,
      profiles,
      letters,
      insight,
      identity,
      idempotency,
      sendMail,
      changes: new MemoryChanges(jobs),
      rates: memoryRates(),
      ...more,
      storage,
      checks,
      verify: (scope, signal) => verification.run(scope, signal),
      feed: {
        watchAll: () => () => undefined,
        watch: (jobId, onNews) => watchIn(watchers, jobId, onNews),
        watchTenant: (tenantId, onNews) => watchIn(watchers, tenantId, onNews),
        stop: async () => undefined,
      },
      logger,
    });
    await app.ready();
    holdToDocument(app);
    return new TestGateway({ app, jobs, storage, checks, watchers, verification }, dir);
  }

  call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, body?: object) {
    return this.app.inject({ method, url, headers: { 'x-api-key': testKey }, ...(body === undefined ? {} : { payload: body }) });
  }

  async keys(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.storage.list(prefix)) keys.push(key);
    return keys;
  }

  async close(): Promise<void> {
    await this.app.close();
    await rm(this.#dir, { recursive: true });
  }
}
