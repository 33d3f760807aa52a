import { parseArgs } from 'node:util';
import { catchInterrupts, Interrupted, untilAborted } from './interrupt.ts';
import { openStack } from './local-stack.ts';
import { formatLogLine } from './log-lines.ts';
import { defaultStackDir } from './paths.ts';
import { chooseProgress } from './progress.ts';
import { runSetup } from './run-setup.ts';
import { processNames, processOfInstance, supervise } from './supervise.ts';

const help = `Runs the processes in the foreground against the local stack, which is started first where needed.

  npm start                        all: ${processNames.join(', ')}
  npm start -- encode              one of them
  npm start -- encode encode#2     two of a kind

  --json      leave the log lines as they are (JSON)
  --dir DIR   the stack's folder (default .local/stack)

Ctrl-C ends them cleanly, a second one at once. The servers stay up: npm run stack -- down
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      dir: { type: 'string', default: defaultStackDir },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const unknown = positionals.filter((name) => processOfInstance(name) === undefined);
  if (unknown.length > 0) {
    console.error(`start: no such process: ${unknown.join(', ')}\n\n${help}`);
    return 2;
  }
  const names = positionals.length > 0 ? [...new Set(positionals)] : processNames;
  const onLine = (name: string, line: string) => console.log(values.json ? line : formatLogLine(name, line));

  const onNotice = (notice: string) => console.error(notice);
  let insist: () => void = () => process.exit(130);
  const { signal, release } = catchInterrupts(() => insist());
  try {
    const { env } = await openStack({ dir: values.dir, progress: chooseProgress(), onNotice, signal });
    const childEnv = { ...process.env, ...env };
    await runSetup(childEnv, onLine, signal);
    const supervisor = await supervise({ names, env: childEnv, onLine });
    insist = () => supervisor.kill();
    supervisor.ready.then(
      () => console.log(`Ready: ${names.join(', ')}; the gateway is at ${env.GATEWAY_URL}`),
      (error: Error) => {
        if (!signal.aborted) console.error(`Not ready, still trying: ${error.message}`);
      },
    );
    await untilAborted(signal);
    const killed = await supervisor.stop();
    if (killed.length > 0) console.error(`Killed after the grace time: ${killed.join(', ')}`);
    return killed.length > 0 ? 1 : 0;
  } finally {
    release();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Interrupted)) console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof Interrupted ? 130 : 1;
}
