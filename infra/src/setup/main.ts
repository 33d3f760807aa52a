/** Makes the servers ready for the platform: migrations, topics, schemas, bucket. Doing it again changes nothing. */
import { StreamflixError } from '@streamflix/contracts';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { setUpTopicsAndSchemas } from '../bus/index.ts';
import { loadConfig } from '../config/index.ts';
import { openDatabase } from '../database/index.ts';
import { openStorage } from '../storage/index.ts';
import { startTelemetry } from '../telemetry/index.ts';

const config = loadConfig(process.env);
const { logger, shutdown } = startTelemetry('setup', config.telemetry);
const database = openDatabase(config.database, { name: 'setup', logger });
const storage = openStorage(config.storage);

/** Servers that were started a moment ago answer late or not at all; some two minutes of that are ordinary. */
const patiently = retry(
  handleWhen((error) => error instanceof StreamflixError && error.class === 'dependency'),
  { maxAttempts: 16, backoff: new ExponentialBackoff({ initialDelay: 500, maxDelay: 10_000 }) },
);
patiently.onRetry((reason) => {
  if ('error' in reason) logger.warn({ reason: String(reason.error) }, 'a server is not there yet; it is asked again');
});

let exitCode = 0;
try {
  const [migrations] = await Promise.all([
    patiently.execute(() => database.migrate()),
    patiently.execute(() => setUpTopicsAndSchemas(config.bus, logger)),
    patiently.execute(() => storage.ensureBucket()),
  ]);
  logger.info({ migrations }, 'database, topics, schemas and bucket are ready');
} catch (error) {
  logger.fatal({ err: error }, 'set-up failed');
  exitCode = 1;
} finally {
  await Promise.allSettled([database.close(), storage.close(), shutdown()]);
}
// Said out loud: whatever a client left open must not keep a job of the orchestrator running.
process.exit(exitCode);
