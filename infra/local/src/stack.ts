import { parseArgs } from 'node:util';
import { formatEnv } from './env-file.ts';
import { catchInterrupts, Interrupted } from './interrupt.ts';
import { openStack, readStackEnv, stackStatus, stopStack } from './local-stack.ts';
import { defaultStackDir, stackPaths } from './paths.ts';
import { chooseProgress } from './progress.ts';

const help = `The servers of the local stack: Kafka, schema registry, PostgreSQL, Redis, S3.

  npm run stack -- up [--fresh]   install what is missing, start everything, write the env file
  npm run stack -- down           stop what "up" started
  npm run stack -- status         each server with its port and process
  npm run stack -- env            the endpoints as KEY=value lines

  --dir DIR   the stack's folder (default .local/stack); each folder is a stack of its own
  --fresh     with "up": wipe this stack's data first

A server whose endpoint is in the environment (KAFKA_BROKERS, SCHEMA_REGISTRY_URL, DATABASE_URL, REDIS_URL, S3_ENDPOINT)
is used as it is. Downloads are kept in .local/cache. Elsewhere than on Debian or Ubuntu use docker-compose.yml.
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      dir: { type: 'string', default: defaultStackDir },
      fresh: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [command, ...rest] = positionals;
  if (values.help || command === 'help') {
    console.log(help);
    return 0;
  }
  if (rest.length > 0) return complain(`one command at a time, not "${positionals.join(' ')}"`);
  if (command === 'up') return await up(values.dir, values.fresh);
  if (command === 'down') return await down(values.dir);
  if (command === 'status') return await status(values.dir);
  if (command === 'env') return await env(values.dir);
  return complain(command === undefined ? 'say what to do' : `"${command}" is not a command`);
}

function complain(fault: string): number {
  console.error(`stack: ${fault}\n\n${help}`);
  return 2;
}

async function up(dir: string, fresh: boolean): Promise<number> {
  const startedMs = Date.now();
  const onNotice = (notice: string) => console.error(notice);
  const { signal, release } = catchInterrupts(() => process.exit(130));
  const { wasRunning } = await openStack({ dir, fresh, progress: chooseProgress(), onNotice, signal }).finally(release);
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  const { envFile } = stackPaths(dir);
  console.log(
    wasRunning ? `Already running; its endpoints are in ${envFile}` : `Up after ${seconds} s; its endpoints are in ${envFile}`,
  );
  return 0;
}

async function down(dir: string): Promise<number> {
  const ended = await stopStack(dir);
  console.log(ended.length === 0 ? 'Nothing was running.' : `Stopped: ${ended.join(', ')}.`);
  return 0;
}

async function status(dir: string): Promise<number> {
  const servers = await stackStatus(dir);
  for (const { name, state, port, pid } of servers) {
    console.log([name.padEnd(10), state.padEnd(6), `port ${port ?? '-'}`.padEnd(12), `pid ${pid ?? '-'}`].join(' '));
  }
  return servers.every(({ state }) => state !== 'down') ? 0 : 1;
}

async function env(dir: string): Promise<number> {
  const found = await readStackEnv(dir);
  if (found === undefined) {
    console.error(`stack: ${stackPaths(dir).dir} has never been up: run npm run stack -- up`);
    return 1;
  }
  process.stdout.write(formatEnv(found));
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const interrupted = error instanceof Interrupted;
  if (interrupted) console.error('Interrupted. What was started stays up: npm run stack -- down');
  else console.error(error instanceof Error ? error.message : error);
  process.exitCode = interrupted ? 130 : 1;
}
