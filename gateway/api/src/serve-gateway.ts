import { StreamflixError } from '@streamflix/contracts';
import { verifyJobs } from '@streamflix/infra/checker';
import { openIdentity } from '@streamflix/infra/identity';
import { openMail } from '@streamflix/infra/mail';
import type { Platform } from '@streamflix/infra/processor';
import { connectRates } from '@streamflix/infra/rates';
import { buildApp } from './app.ts';
import { openLetterStore } from './dead-letters/letter-store.ts';
import { startJobFeed } from './events/job-feed.ts';
import { dependencyChecks } from './health/check-dependencies.ts';
import { openInsightStore } from './insight/insight-store.ts';
import { openJobStore } from './jobs/job-store.ts';
import { boundQueue } from './jobs/queue-bound.ts';
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
  const rates = connectRates(config.locks, { logger });
  const app = await buildApp({
    settings: settingsOf(config, apiKey),
    letters: openLetterStore(platform),
    insight: openInsightStore(platform, config.tenants),
    jobs: boundQueue(openJobStore(platform, config.tenants), platform, config.gateway.queueBound),
    profiles: openProfileStore(platform),
    identity: openIdentity(platform.database),
    sendMail: openMail(config.mail),
    storage,
    rates,
    feed,
    checks,
    verify: (scope, signal) => verifyJobs(platform, scope, { withOrphans: true, signal }),
    logger,
  });
  const address = await app.listen({ host, port });
  logger.info({ address, document: `${address}/api/v1/openapi.json` }, 'the API is open');
  return async () => {
    await app.close();
    await Promise.all([feed.stop(), rates.close()]);
  };
}
