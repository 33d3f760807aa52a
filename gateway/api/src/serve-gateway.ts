import { StreamflixError } from '@streamflix/contracts';
import { verifyJobs } from '@streamflix/infra/checker';
import { openIdempotencyKeys } from '@streamflix/infra/idempotency';
import { openIdentity } from '@streamflix/infra/identity';
import { openMail } from '@streamflix/infra/mail';
import type { Platform } from '@streamflix/infra/processor';
import { buildApp } from './app.ts';
import { openLetterStore } from './dead-letters/letter-store.ts';
import { openChangeReader } from './events/change-reader.ts';
import { startJobFeed } from './events/job-feed.ts';
import { dependencyChecks } from './health/check-dependencies.ts';
import { openInsightStore } from './insight/insight-store.ts';
import { openJobStore } from './jobs/job-store.ts';
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
  const app = await buildApp({
    settings: settingsOf(config, apiKey),
    letters: openLetterStore(platform),
    insight: openInsightStore(platform, config.tenants),
    jobs: openJobStore(platform, platform.config.tenants),
    profiles: openProfileStore(platform),
    identity: openIdentity(platform.database),
    idempotency: openIdempotencyKeys(platform.database),
    sendMail: openMail(config.mail),
    storage,
    feed,
    changes: openChangeReader(platform.database),
    checks,
    verify: (scope, signal) => verifyJobs(platform, scope, { withOrphans: true, signal }),
    logger,
  });
  const address = await app.listen({ host, port });
  logger.info({ address, document: `${address}/openapi.json` }, 'the API is open');
  return async () => {
    await app.close();
    await feed.stop();
  };
}
