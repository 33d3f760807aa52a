/** Makes the servers ready for the platform: migrations, topics, schemas, bucket. Doing it again changes nothing. */
import { setUpTopicsAndSchemas } from '../bus/index.ts';
import { loadConfig } from '../config/index.ts';
import { openDatabase } from '../database/index.ts';
import { openStorage } from '../storage/index.ts';
import { startTelemetry } from '../telemetry/index.ts';

const config = loadConfig(process.env);
const { logger, shutdown } = startTelemetry('setup', config.telemetry);
const database = openDatabase(config.database, { name: 'setup', logger });
const storage = openStorage(config.storage);

let exitCode = 0;
try {
  const [migrations] = await Promise.all([database.migrate(), setUpTopicsAndSchemas(config.bus, logger), storage.ensureBucket()]);
  logger.info({ migrations }, 'database, topics, schemas and bucket are ready');
} catch (error) {
  logger.fatal({ err: error }, 'set-up failed');
  exitCode = 1;
} finally {
  await Promise.allSettled([database.close(), storage.close(), shutdown()]);
}
// Said out loud: whatever a client left open must not keep a job of the orchestrator running.
process.exit(exitCode);
