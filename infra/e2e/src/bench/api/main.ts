import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  catchInterrupts,
  installLoadTester,
  runSetup,
  startServer,
  startStack,
  stopServer,
  stopStack,
  supervise,
} from '@streamflix/infra/local';
import pg from 'pg';
import { writeMarked } from '../../run/marked-page.ts';
import { ownEnvironment } from '../../run/own-environment.ts';
import { projectDir } from '../../run/step.ts';
import { generousRates } from '../../support/generous-rates.ts';
import { describeMachine } from '../facts.ts';
import { type ApiReport, formatApi, missed } from './report.ts';
import { type Load, runLoad } from './run-load.ts';
import { seedJobs } from './seed-jobs.ts';

const help = `How long the gateway takes to tell how a job stands, and to list jobs, with a million of them.

  npm run bench:api                     30 s of each
  npm run bench:api -- --jobs 100000    a smaller table

  --keep    leave the stack and its table for the next run, which then fills nothing
  --json    the report as one JSON document: npm run --silent bench:api -- --json
  --write   put the report into docs/api-bench.md

It starts servers of its own and stops them again; k6 is built at the first run (go install). Close other programs first.
Ends with 1 when a target is missed.
`;

const stackDir = join(projectDir, '.local/bench-api-stack');
const listsRate = 100;

/** Not into the result: stdout may be read by a program. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

interface Options {
  jobs: number;
  tenants: number;
  rate: number;
  seconds: number;
  keep: boolean;
}

async function countJobs(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: string }>('select count(*) from jobs');
  return Number(rows[0]?.count ?? 0);
}

async function measure({ jobs, tenants, rate, seconds, keep }: Options): Promise<ApiReport> {
  const { signal } = catchInterrupts(() => process.exit(130));
  const k6 = await installLoadTester({ say, signal });
  const env = await startStack({ dir: stackDir, fresh: !keep, environment: ownEnvironment(), onNotice: say, signal });
  const onLine = (name: string, line: string): void => appendFileSync(join(stackDir, 'logs/processes.log'), `${name} ${line}\n`);
  const client = new pg.Client({ connectionString: env.DATABASE_URL });
  try {
    await runSetup({ ...ownEnvironment(), ...env }, onLine, signal);
    await client.connect();
    const size = { jobs, tenants };
    if ((await countJobs(client)) !== jobs) await seedJobs(client, size, say);
    const processes = await supervise({ names: ['gateway'], env: { ...env, ...generousRates }, onLine });
    try {
      await processes.ready;
      const asked = { k6, stackDir, env: { GATEWAY_URL: env.GATEWAY_URL, API_KEY: env.API_KEY }, size };
      const ask = async (name: string, load: Load) => {
        say(name);
        return { name, result: await runLoad(asked, load, signal) };
      };
      const status: Load = { shape: 'status', rate, seconds };
      const targetMs = { p95: 50, p99: 200 };
      await ask('warming up', { ...status, seconds: 5 });
      const withRedis = { ...(await ask('status', status)), targetMs };
      await stopServer(stackDir, 'redis', 'SIGKILL');
      const withoutRedis = { ...(await ask('status, Redis stopped', status)), targetMs };
      await startServer(stackDir, 'redis');
      const lists = { ...(await ask('lists', { shape: 'lists', rate: listsRate, seconds })), targetMs: { p95: 100 } };
      const { rows } = await client.query<{ version: string }>(
        `select 'PostgreSQL ' || current_setting('server_version') as version`,
      );
      const [date = ''] = new Date().toISOString().split('T');
      const facts = { date, machine: describeMachine(), postgres: rows[0]?.version ?? '', size, rate, seconds };
      return { ...facts, status: [withRedis, withoutRedis], lists };
    } finally {
      await processes.stop();
    }
  } finally {
    await client.end();
    if (!keep) await stopStack(stackDir);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      jobs: { type: 'string', default: '1000000' },
      tenants: { type: 'string', default: '100' },
      rate: { type: 'string', default: '1000' },
      seconds: { type: 'string', default: '30' },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  const [jobs, tenants, rate, seconds] = [values.jobs, values.tenants, values.rate, values.seconds].map(Number);
  if (!jobs || !tenants || !rate || !seconds) throw new Error('--jobs, --tenants, --rate and --seconds take numbers');
  const report = await measure({ jobs, tenants, rate, seconds, keep: values.keep });
  console.log(values.json ? JSON.stringify(report, null, 2) : formatApi(report));
  if (values.write) writeMarked('docs/api-bench.md', '<!-- api -->', formatApi(report));
  if ([...report.status, report.lists].some((measured) => missed(measured).length > 0)) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
