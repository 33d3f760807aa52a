import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { catchInterrupts, startStack, stopStack } from '@streamflix/infra/local';
import pg from 'pg';
import { ownEnvironment } from '../../run/own-environment.ts';
import { projectDir } from '../../run/step.ts';
import { describeMachine } from '../facts.ts';
import { writePage } from '../write-page.ts';
import { claimAtMost, claimUnderLoad, warmUp } from './load.ts';
import { openPorts } from './ports.ts';
import { type ClaimsReport, formatClaims } from './report.ts';
import { letOneTenantCrowd, seedTasks } from './seed-tasks.ts';

const help = `How long a claim takes with a million tasks and 1,000 workers, and the most claims a second.

  npm run bench:claims                      60 s of load
  npm run bench:claims -- --seconds 300     longer

  --json    the report as one JSON document: npm run --silent bench:claims -- --json
  --write   put the report into docs/benchmarks.md

It starts a PostgreSQL of its own and stops it again. Close other programs first.
`;

const stackDir = join(projectDir, '.local/bench-claims-stack');
const size = { tasks: 1_000_000, ready: 200_000, tenants: 100 };
const crowd = { tasks: 100_000, limit: 50 };
const [workers, taskSeconds, atOnce] = [1_000, 10, 8];
/** Enough for a hundred claims a second, each of a few milliseconds. */
const poolSize = 8;

/** Given, so that no server but PostgreSQL is started. Nothing here talks to them. */
const nowhere = { KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1', REDIS_URL: 'redis://127.0.0.1:1' };

/** Not into the result: stdout may be read by a program. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function measure(seconds: number): Promise<ClaimsReport> {
  const { signal } = catchInterrupts(() => process.exit(130));
  const load = loadavg()[0] ?? 0;
  const environment = { ...ownEnvironment(), ...nowhere, STORAGE_DRIVER: 'local' };
  const { DATABASE_URL } = await startStack({ dir: stackDir, fresh: true, environment, onNotice: say, signal });
  const ports = openPorts(DATABASE_URL, poolSize);
  const client = new pg.Client({ connectionString: DATABASE_URL });
  try {
    await ports.database.migrate();
    await client.connect();
    say('Filling the tables');
    await seedTasks(client, size);
    await warmUp(ports, poolSize);
    const workerLoad = { databaseUrl: DATABASE_URL, poolSize, workers, taskMs: taskSeconds * 1000, seconds, signal };
    say(`${workers} workers for ${seconds + taskSeconds} s`);
    const underLoad = await claimUnderLoad(ports, workerLoad);
    say('As fast as it goes');
    const atMost = await claimAtMost(ports, { atOnce, seconds: Math.min(20, seconds), signal });
    say('The workers again, behind a tenant at its limit');
    const crowdTasks = await letOneTenantCrowd(client, crowd.tasks, crowd.limit);
    const crowded = await claimUnderLoad(ports, workerLoad);
    const { rows } = await client.query<{ version: string }>(
      `select 'PostgreSQL ' || current_setting('server_version') as version`,
    );
    const [date = ''] = new Date().toISOString().split('T');
    const facts = {
      date,
      machine: describeMachine(),
      postgres: rows[0]?.version ?? '',
      load,
      size,
      workers,
      taskSeconds,
      atOnce,
      crowdTasks,
    };
    return { ...facts, underLoad, atMost, crowded };
  } finally {
    await client.end();
    await ports.database.close();
    await stopStack(stackDir);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  const seconds = Number(values.seconds);
  if (!(seconds >= 1 && seconds <= 3600)) throw new Error('--seconds takes a number from 1 to 3600');
  const report = await measure(seconds);
  console.log(values.json ? JSON.stringify(report, null, 2) : formatClaims(report));
  if (values.write) writePage('<!-- claims -->', formatClaims(report));
}

try {
  await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
