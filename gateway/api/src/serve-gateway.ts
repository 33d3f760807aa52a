import { StreamflixError } from '@streamflix/contracts';
import { type Cache, connectCache } from '@streamflix/infra/cache';
import { verifyJobs } from '@streamflix/infra/checker';
import { openDatabase, ReadReplica } from '@streamflix/infra/database';
import { openIdempotencyKeys } from '@streamflix/infra/idempotency';
import { openIdentity } from '@streamflix/infra/identity';
import { openMail } from '@streamflix/infra/mail';
import type { Platform } from '@streamflix/infra/processor';
import { connectRates } from '@streamflix/infra/rates';
import { buildApp } from './app.ts';
import { openLetterStore } from './dead-letters/letter-store.ts';
import { openChangeReader } from './events/change-reader.ts';
import { startJobFeed } from './events/job-feed.ts';
import { dependencyChecks } from './health/check-dependencies.ts';
import { openInsightStore } from './insight/insight-store.ts';
import { openJobStore } from './jobs/job-store.ts';
import { boundQueue } from './jobs/queue-bound.ts';
import { StatusCache } from './jobs/status-cache.ts';
import { settingsOf } from './ports.ts';
import { openProfileStore } from './profiles/profile-store.ts';

/** Opens the API and returns how to close it: no new requests, streams ended, what runs is answered. */
export async function serveGateway(platform: Platform): Promise<() => Promise<void>> {
  const { config, telemetry, bus, storage } = platform;
  const { apiKey, host, port } = config.gateway;
  if (apiKey === undefined) {
    throw new StreamflixError('CONFIG_INVALID', { message: 'API_KEY: is not set; the gateway serves nobody without a key' });
  }
  const { logger } = telemetry;
  const feed = startJobFeed(bus, logger);
  const checks = dependencyChecks(platform);
  const cache = connectCache(config.locks, { logger });
  const statuses = new StatusCache(cache);
  feed.watchAll(({ tenantId, jobId }) => statuses.forget(tenantId, jobId));
  const replica = openReplica(platform, cache);
  const rates = connectRates(config.locks, { logger });
  const app = await buildApp({
    settings: settingsOf(config, apiKey),
    letters: openLetterStore(platform),
    insight: openInsightStore(platform, config.tenants),
    jobs: boundQueue(openJobStore(platform, config.tenants, replica?.read), platform, config.gateway.queueBound),
    statuses,
    noteWrite: async (tenantId) => replica?.noteWrite(tenantId),
    profiles: openProfileStore(platform),
    identity: openIdentity(platform.database),
    idempotency: openIdempotencyKeys(platform.database),
    sendMail: openMail(config.mail),
    storage,
    rates,
    feed,
    changes: openChangeReader(platform.database),
    checks,
    verify: (scope, signal) => verifyJobs(platform, scope, { withOrphans: true, signal }),
    logger,
  });
  const address = await app.listen({ host, port });
  logger.info({ address, document: `${address}/api/v1/openapi.json` }, 'the API is open');
  return async () => {
    await app.close();
    await Promise.all([feed.stop(), rates.close(), replica?.close()]);
    cache.close();
  };
}

/** For reads that may lag; null where there is no replica. */
function openReplica({ config, database, telemetry: { logger } }: Platform, marks: Cache): ReadReplica | null {
  const { readUrl: url, poolSize } = config.database;
  if (url === undefined) return null;
  const replica = openDatabase({ url, poolSize }, { name: 'gateway-reads', logger });
  return new ReadReplica({ primary: database, replica, marks, logger });
}
