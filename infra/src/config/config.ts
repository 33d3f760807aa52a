import { type Role, roles, StreamflixError } from '@streamflix/contracts';
import { z } from 'zod';

const seconds = (fallback: number) => z.coerce.number().positive().default(fallback);
const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);

/** Every setting of every process, by its environment name, with its default. `docs/operate.md` explains them; a test holds both together. */
export const environmentSchema = z.object({
  KAFKA_BROKERS: z.string().min(1),
  KAFKA_FETCH_WAIT_SECONDS: z.coerce.number().min(0.1).max(4).default(3),
  SCHEMA_REGISTRY_URL: z.url(),
  DATABASE_URL: z.url(),
  DATABASE_READ_URL: z.url().optional(),
  REDIS_URL: z.url(),
  STORAGE_DRIVER: z.enum(['s3', 'local']).default('s3'),
  STORAGE_DIR: z.string().optional(),
  S3_ENDPOINT: z.url().optional(),
  S3_BUCKET: z.string().min(1).default('streamflix'),
  SOURCE_BUCKETS: z.string().optional(),
  AWS_REGION: z.string().default('us-east-1'),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  GATEWAY_URL: z.url().default('http://127.0.0.1:3000'),
  GATEWAY_HOST: z.string().default('127.0.0.1'),
  GATEWAY_PORT: port(3000),
  MEDIA_BASE_URL: z.url().optional(),
  API_KEY: z.string().min(16).optional(),
  API_TENANT: z.string().default('default'),
  TRUSTED_PROXIES: z.string().optional(),
  CORS_ORIGINS: z.string().optional(),
  RATE_LIMIT_PER_ADDRESS: z.coerce.number().int().min(1).default(12_000),
  RATE_LIMIT_PER_CALLER: z.coerce.number().int().min(1).default(6_000),
  RATE_LIMIT_GUESSES: z.coerce.number().int().min(1).default(60),
  QUEUE_BOUND: z.coerce.number().int().min(1).optional(),
  AUTH_ISSUER: z.url().optional(),
  AUTH_SECRET: z.string().min(32).optional(),
  OIDC_ISSUER: z.url().optional(),
  OIDC_AUDIENCE: z.string().optional(),
  OIDC_JWKS_URL: z.url().optional(),
  OIDC_ROLE_CLAIM: z.string().default('role'),
  OIDC_TENANT_CLAIM: z.string().default('tenant'),
  OIDC_ROLES: z.string().optional(),
  SMTP_URL: z.url().optional(),
  MAIL_FROM: z.string().default('Streamflix <no-reply@localhost>'),
  MAX_UPLOAD_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(20 * 1024 ** 3),
  MIN_SOURCE_LONG_SIDE: z.coerce.number().int().min(2).default(640),
  MIN_SOURCE_SHORT_SIDE: z.coerce.number().int().min(2).default(360),
  MIN_SOURCE_SECONDS: z.coerce.number().nonnegative().default(1),
  MAX_SOURCE_SECONDS: z.coerce.number().positive().max(86_400).default(86_400),
  // More than the decoder is allowed nobody can have.
  MAX_SOURCE_PIXELS: z.coerce.number().int().positive().max(36_000_000).default(36_000_000),
  SOURCE_FOLDERS: z.string().optional(),
  SOURCE_URL_PORTS: z.string().optional(),
  SOURCE_URL_ALLOW_HTTP: z.stringbool().default(false),
  SOURCE_URL_ALLOW_PRIVATE: z.stringbool().default(false),
  SOURCE_FETCH_SECONDS: seconds(21_600),
  SOURCE_FETCH_MIN_BYTES_PER_SECOND: z.coerce.number().int().positive().default(16_384),
  HEALTH_HOST: z.string().default('127.0.0.1'),
  HEALTH_PORT: port(8080),
  WORK_DIR: z.string().default('/tmp/streamflix'),
  FFMPEG_PATH: z.string().default('ffmpeg'),
  FFPROBE_PATH: z.string().default('ffprobe'),
  PACKAGER_PATH: z.string().default('packager'),
  MEDIA_SANDBOX: z.enum(['bubblewrap', 'none']).default('bubblewrap'),
  MEDIA_DEVICES: z.string().optional(),
  SLOT_MEMORY_BYTES: z.coerce
    .number()
    .int()
    .min(256 * 1024 ** 2)
    .default(4 * 1024 ** 3),
  SLOT_OUTPUT_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(20 * 1024 ** 3),
  SLOT_THREADS: z.coerce.number().int().positive().optional(),
  SLOT_AFFINITY: z.stringbool().default(false),
  SLOTS: z.coerce.number().int().positive().optional(),
  MIN_FREE_DISK_BYTES: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(1024 ** 3),
  MAX_SOURCE_BYTES_ON_WORKER: z.coerce
    .number()
    .int()
    .positive()
    .default(10 * 1024 ** 3),
  MIN_FREE_MEMORY_BYTES: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(256 * 1024 ** 2),
  MAX_LOAD_PER_CPU: z.coerce.number().positive().optional(),
  CAPABILITIES: z.string().optional(),
  CAPABILITIES_FILE: z.string().optional(),
  LEASE_SECONDS: seconds(15),
  START_SECONDS: seconds(1800),
  POLL_SECONDS: seconds(4),
  SWEEP_SECONDS: seconds(2),
  OUTBOX_RESEND_SECONDS: seconds(15),
  CHECK_SECONDS: seconds(300),
  CHECK_WINDOW_SECONDS: seconds(3600),
  ORPHAN_CHECK_SECONDS: seconds(3600),
  UPLOAD_ABORT_SECONDS: seconds(86_400),
  AGEING_SECONDS: seconds(600),
  OPTIONAL_PATIENCE_SECONDS: seconds(600),
  CAPABILITY_WAIT_SECONDS: seconds(3600),
  GRACE_SECONDS: seconds(20),
  TENANT_MAX_RUNNING_TASKS: z.coerce.number().int().min(0).optional(),
  TENANT_MAX_QUEUED_JOBS: z.coerce.number().int().min(0).optional(),
  TENANT_MAX_PRIORITY: z.coerce.number().int().min(1).max(10).default(10),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(30).default(8),
  WEBHOOK_SECRET: z.string().min(16).optional(),
  WEBHOOK_ALLOW_PRIVATE: z.stringbool().default(false),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
});

type Environment = z.infer<typeof environmentSchema>;

const listOf = (text = ''): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const rolePairsOf = (text: string | undefined) => listOf(text).map((pair) => pair.split('=').map((part) => part.trim()));
const isRole = (text: string | undefined): text is Role => (roles as readonly (string | undefined)[]).includes(text);

/** Whose tokens are taken besides our own, and what their claims mean here. */
function externalIssuerOf({ OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_JWKS_URL: jwksUrl, ...env }: Environment) {
  if (issuer === undefined || audience === undefined || jwksUrl === undefined) return null;
  const roleOf = Object.fromEntries(
    rolePairsOf(env.OIDC_ROLES).flatMap(([value = '', role]) => (isRole(role) ? [[value, role]] : [])),
  );
  return { issuer, audience, jwksUrl, roleClaim: env.OIDC_ROLE_CLAIM, tenantClaim: env.OIDC_TENANT_CLAIM, roleOf };
}

const foldersOf = (text: string | undefined) =>
  listOf(text).map((pair) => {
    const at = pair.indexOf('=');
    return { name: pair.slice(0, Math.max(at, 0)).trim(), path: pair.slice(at + 1).trim() };
  });

const toConfig = (env: Environment) => ({
  bus: {
    brokers: listOf(env.KAFKA_BROKERS),
    registryUrl: env.SCHEMA_REGISTRY_URL,
    /** How long Kafka holds the answer to a consumer for whom there is nothing. */
    fetchWaitMs: env.KAFKA_FETCH_WAIT_SECONDS * 1000,
  },
  database: { url: env.DATABASE_URL, readUrl: env.DATABASE_READ_URL, poolSize: env.DATABASE_POOL_SIZE },
  locks: { url: env.REDIS_URL },
  storage: {
    driver: env.STORAGE_DRIVER,
    dir: env.STORAGE_DIR,
    endpoint: env.S3_ENDPOINT,
    bucket: env.S3_BUCKET,
    /** Buckets an event may name as its source. */
    sourceBuckets: [...new Set([env.S3_BUCKET, ...listOf(env.SOURCE_BUCKETS)])],
    region: env.AWS_REGION,
    accessKeyId: env.AWS_ACCESS_KEY_ID,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
  },
  gateway: {
    url: env.GATEWAY_URL,
    host: env.GATEWAY_HOST,
    port: env.GATEWAY_PORT,
    apiKey: env.API_KEY,
    apiTenant: env.API_TENANT,
    trustedProxies: listOf(env.TRUSTED_PROXIES),
    /** Sites whose pages may call the API. */
    corsOrigins: listOf(env.CORS_ORIGINS),
    /** Requests a minute. */
    rates: { perAddress: env.RATE_LIMIT_PER_ADDRESS, perCaller: env.RATE_LIMIT_PER_CALLER, guesses: env.RATE_LIMIT_GUESSES },
    /** Unfinished jobs of all tenants; undefined: any number. */
    queueBound: env.QUEUE_BOUND,
    auth: { issuer: env.AUTH_ISSUER ?? env.GATEWAY_URL, secret: env.AUTH_SECRET },
    externalIssuer: externalIssuerOf(env),
    maxUploadBytes: env.MAX_UPLOAD_BYTES,
  },
  mail: { smtpUrl: env.SMTP_URL, from: env.MAIL_FROM },
  /** Which sources are taken; a profile may narrow them. */
  sources: {
    minLongSide: env.MIN_SOURCE_LONG_SIDE,
    minShortSide: env.MIN_SOURCE_SHORT_SIDE,
    minSeconds: env.MIN_SOURCE_SECONDS,
    maxSeconds: env.MAX_SOURCE_SECONDS,
    maxBytes: env.MAX_UPLOAD_BYTES,
    maxPixels: env.MAX_SOURCE_PIXELS,
  },
  /** What is brought into the store from elsewhere. */
  fetch: {
    /** By name; `{tenant}` in a path stands for the id of whoever asks. */
    folders: Object.fromEntries(foldersOf(env.SOURCE_FOLDERS).map(({ name, path }) => [name, path])),
    protocols: env.SOURCE_URL_ALLOW_HTTP ? ['https:', 'http:'] : ['https:'],
    ports: [...(env.SOURCE_URL_ALLOW_HTTP ? [80] : []), 443, ...listOf(env.SOURCE_URL_PORTS).map(Number)],
    allowPrivate: env.SOURCE_URL_ALLOW_PRIVATE,
    maxMs: env.SOURCE_FETCH_SECONDS * 1000,
    minBytesPerSecond: env.SOURCE_FETCH_MIN_BYTES_PER_SECOND,
  },
  /** What the keys of a package are appended to, to make a URL a player can open; no slash at the end. */
  mediaBaseUrl: (env.MEDIA_BASE_URL ?? `${env.GATEWAY_URL}/media`).replace(/\/$/, ''),
  health: { host: env.HEALTH_HOST, port: env.HEALTH_PORT },
  media: {
    workDir: env.WORK_DIR,
    ffmpegPath: env.FFMPEG_PATH,
    ffprobePath: env.FFPROBE_PATH,
    packagerPath: env.PACKAGER_PATH,
    sandbox: env.MEDIA_SANDBOX,
    devices: listOf(env.MEDIA_DEVICES),
    /** What a child of one slot may take. */
    slot: { memoryBytes: env.SLOT_MEMORY_BYTES, outputBytes: env.SLOT_OUTPUT_BYTES },
    /** How slots share the processors: threads of each, undefined for an even share, and whether each keeps to its own. */
    processors: { threads: env.SLOT_THREADS, affinity: env.SLOT_AFFINITY },
  },
  work: {
    /** Undefined: as many as suit the pool and the machine. */
    slots: env.SLOTS,
    /** Below or above these a worker claims nothing. */
    minFreeDiskBytes: env.MIN_FREE_DISK_BYTES,
    /** Larger ones come to the encode workers in pieces, where they can be cut. */
    maxSourceBytesOnWorker: env.MAX_SOURCE_BYTES_ON_WORKER,
    minFreeMemoryBytes: env.MIN_FREE_MEMORY_BYTES,
    maxLoadPerCpu: env.MAX_LOAD_PER_CPU,
    /** What this worker can do beyond what every worker can. */
    capabilities: listOf(env.CAPABILITIES),
    /** More of the same, which may change while it runs. */
    capabilitiesFile: env.CAPABILITIES_FILE,
    leaseMs: env.LEASE_SECONDS * 1000,
    /** How long a claimed task may take to show that it has begun. */
    startMs: env.START_SECONDS * 1000,
    pollMs: env.POLL_SECONDS * 1000,
    sweepMs: env.SWEEP_SECONDS * 1000,
    outboxResendMs: env.OUTBOX_RESEND_SECONDS * 1000,
    ageingMs: env.AGEING_SECONDS * 1000,
    optionalPatienceMs: env.OPTIONAL_PATIENCE_SECONDS * 1000,
    /** Of what a job cannot do without. */
    capabilityWaitMs: env.CAPABILITY_WAIT_SECONDS * 1000,
    graceMs: env.GRACE_SECONDS * 1000,
  },
  checker: {
    everyMs: env.CHECK_SECONDS * 1000,
    windowMs: env.CHECK_WINDOW_SECONDS * 1000,
    orphansEveryMs: env.ORPHAN_CHECK_SECONDS * 1000,
    uploadAbortMs: env.UPLOAD_ABORT_SECONDS * 1000,
  },
  /** For tenants to whom nothing else is granted; undefined: no limit. */
  tenants: {
    maxRunningTasks: env.TENANT_MAX_RUNNING_TASKS,
    maxQueuedJobs: env.TENANT_MAX_QUEUED_JOBS,
    maxPriority: env.TENANT_MAX_PRIORITY,
  },
  webhooks: { secret: env.WEBHOOK_SECRET, allowPrivate: env.WEBHOOK_ALLOW_PRIVATE },
  telemetry: { logLevel: env.LOG_LEVEL, otlpEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT },
});

export type Config = Readonly<ReturnType<typeof toConfig>>;

function localStorageNeedsADir(env: Environment): string[] {
  return env.STORAGE_DRIVER === 'local' && env.STORAGE_DIR === undefined
    ? ['STORAGE_DIR: STORAGE_DRIVER=local needs a folder that all processes share']
    : [];
}

/** Else a change could fall between two runs. */
function checksOverlap(env: Environment): string[] {
  return env.CHECK_WINDOW_SECONDS >= 2 * env.CHECK_SECONDS
    ? []
    : ['CHECK_WINDOW_SECONDS: must be at least twice CHECK_SECONDS, so that no change falls between two runs'];
}

function externalIssuerIsWhole(env: Environment): string[] {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_JWKS_URL: jwksUrl, OIDC_ROLES: mapping } = env;
  if ([issuer, audience, jwksUrl, mapping].every((each) => each === undefined)) return [];
  const isWhole = issuer !== undefined && audience !== undefined && jwksUrl !== undefined;
  const pairs = rolePairsOf(mapping);
  return isWhole && pairs.length > 0 && pairs.every(([value = '', role]) => value !== '' && isRole(role))
    ? []
    : ['OIDC_ISSUER: needs OIDC_AUDIENCE, OIDC_JWKS_URL and OIDC_ROLES (pairs as group=role, by commas)'];
}

function keysComeInPairs(env: Environment): string[] {
  return (env.AWS_ACCESS_KEY_ID === undefined) === (env.AWS_SECRET_ACCESS_KEY === undefined)
    ? []
    : ['AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: give both or neither'];
}

function sourceFoldersAreNamed(env: Environment): string[] {
  const folders = foldersOf(env.SOURCE_FOLDERS);
  const areNamed = folders.every(({ name, path }) => /^[A-Za-z0-9_-]{1,64}$/.test(name) && path.startsWith('/'));
  return areNamed && new Set(folders.map(({ name }) => name)).size === folders.length
    ? []
    : ['SOURCE_FOLDERS: give name=/absolute/path pairs by commas, each name once, of letters, digits, hyphen and underscore'];
}

function sourcePortsAreNumbers(env: Environment): string[] {
  return listOf(env.SOURCE_URL_PORTS).every((text) => /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536)
    ? []
    : ['SOURCE_URL_PORTS: give port numbers by commas'];
}

function deepFreeze<T extends object>(value: T): Readonly<T> {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}

/** Reads the whole configuration once. Throws CONFIG_INVALID with every fault and its remedy; values are never repeated in it. */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environmentSchema.safeParse(given);
  const faults = parsed.success
    ? [
        ...localStorageNeedsADir(parsed.data),
        ...keysComeInPairs(parsed.data),
        ...externalIssuerIsWhole(parsed.data),
        ...checksOverlap(parsed.data),
        ...sourceFoldersAreNamed(parsed.data),
        ...sourcePortsAreNumbers(parsed.data),
      ]
    : parsed.error.issues.map(
        (issue) => `${issue.path.join('.')}: ${given[String(issue.path[0])] === undefined ? 'is not set' : issue.message}`,
      );
  if (!parsed.success || faults.length > 0) {
    throw new StreamflixError('CONFIG_INVALID', { message: `configuration: ${faults.join('; ')}`, details: { faults } });
  }
  return deepFreeze(toConfig(parsed.data));
}
