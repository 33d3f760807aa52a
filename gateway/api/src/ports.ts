import type { VerificationLine } from '@streamflix/contracts';
import type { JobScope } from '@streamflix/infra/checker';
import type { Config } from '@streamflix/infra/config';
import type { IdempotencyKeys } from '@streamflix/infra/idempotency';
import type { Identity } from '@streamflix/infra/identity';
import type { SendMail } from '@streamflix/infra/mail';
import type { Rates } from '@streamflix/infra/rates';
import type { StorageProvider } from '@streamflix/infra/storage';
import type { Logger } from '@streamflix/infra/telemetry';
import type { LetterStore } from './dead-letters/letter-store.ts';
import type { ChangeReader } from './events/change-reader.ts';
import type { JobFeed } from './events/job-feed.ts';
import type { DependencyChecks } from './health/check-dependencies.ts';
import type { RateSettings } from './http/rate-limits.ts';
import type { PasswordDigests } from './identity/passwords.ts';
import type { InsightStore } from './insight/insight-store.ts';
import type { JobStore } from './jobs/job-store.ts';
import type { Statuses } from './jobs/status-cache.ts';
import type { ProfileStore } from './profiles/profile-store.ts';

export interface GatewaySettings {
  /** Of the environment: admin, so that a new installation can be entered. */
  apiKey: string;
  /** The tenant of the key. */
  apiTenant: string;
  /** Whose word is taken for where a request comes from. */
  trustedProxies: readonly string[];
  /** Sites whose pages may call the API. */
  corsOrigins: readonly string[];
  rates: RateSettings;
  /** Signs and seals access tokens. */
  auth: { issuer: string; secret: string | undefined };
  externalIssuer: Config['gateway']['externalIssuer'];
  /** For links in mail. */
  gatewayUrl: string;
  maxUploadBytes: number;
  ownBucket: string;
  sourceBuckets: readonly string[];
  /** What is brought into the store from elsewhere. */
  fetch: Config['fetch'];
  /** Between looks at the database while somebody watches and nothing rings. */
  rereadMs: number;
  /** Between looks for changes of the jobs of a tenant that somebody watches. */
  changesMs: number;
  heartbeatMs: number;
  /** How long a watcher may leave unread what was sent. */
  slowMs: number;
  /** Streams that one key or user may have open at a gateway. */
  maxStreams: number;
}

export const settingsOf = (config: Config, apiKey: string): GatewaySettings => ({
  apiKey,
  apiTenant: config.gateway.apiTenant,
  trustedProxies: config.gateway.trustedProxies,
  corsOrigins: config.gateway.corsOrigins,
  rates: config.gateway.rates,
  auth: config.gateway.auth,
  externalIssuer: config.gateway.externalIssuer,
  gatewayUrl: config.gateway.url,
  maxUploadBytes: config.gateway.maxUploadBytes,
  ownBucket: config.storage.bucket,
  sourceBuckets: config.storage.sourceBuckets,
  fetch: config.fetch,
  rereadMs: 2_000,
  changesMs: 500,
  heartbeatMs: 15_000,
  slowMs: 30_000,
  maxStreams: 100,
});

/** Everything the routes stand on. */
export interface GatewayPorts {
  settings: GatewaySettings;
  jobs: JobStore;
  statuses: Statuses;
  /** Somebody of the tenant changed something; awaited before they are answered. */
  noteWrite(tenantId: string): Promise<void>;
  profiles: ProfileStore;
  letters: LetterStore;
  insight: InsightStore;
  identity: Identity;
  idempotency: IdempotencyKeys;
  /** Null where no mail can be sent. */
  sendMail: SendMail | null;
  /** argon2id, unless a test counts. */
  passwordDigests?: PasswordDigests;
  storage: StorageProvider;
  rates: Rates;
  feed: JobFeed;
  changes: ChangeReader;
  checks: DependencyChecks;
  /** Compares database, topics and store; see infra's checker. */
  verify(scope: JobScope, signal: AbortSignal): AsyncGenerator<VerificationLine>;
  logger: Logger;
}
