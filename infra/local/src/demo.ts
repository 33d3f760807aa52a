import { appendFileSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { ApiJob } from '@streamflix/contracts';
import { makeDemoClip } from './demo-clip.ts';
import { describePlayback, describeProgress, followJob, submitFile } from './demo-job.ts';
import { exists } from './files.ts';
import { catchInterrupts, rejectWhenAborted, untilAborted } from './interrupt.ts';
import { openStack, stackStatus, stopStack } from './local-stack.ts';
import { formatLogLine } from './log-lines.ts';
import { defaultStackDir, stackPaths } from './paths.ts';
import { chooseProgress } from './progress.ts';
import { runSetup } from './run-setup.ts';
import { processNames, type Supervisor, supervise } from './supervise.ts';

const help = `One video through everything: servers, processes, upload, package.

  npm run demo                     with a clip of 30 s made for it
  npm run demo -- FILE             with your own video
  npm run demo -- [FILE] --once    end after the job: exit code 0 when it completed

  --dir DIR   the stack's folder (default .local/stack)

Without --once the package stays playable until Ctrl-C, which leaves nothing of this command running.
`;

interface DemoOptions {
  readonly dir: string;
  readonly file: string | undefined;
  readonly once: boolean;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      once: { type: 'boolean', default: false },
      dir: { type: 'string', default: defaultStackDir },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [file, ...rest] = positionals;
  if (values.help || rest.length > 0) {
    console.log(help);
    return values.help ? 0 : 2;
  }
  // npm runs scripts in the project's folder; the name was typed in the caller's.
  const path = file === undefined ? undefined : resolve(process.env.INIT_CWD ?? process.cwd(), file);
  if (path !== undefined && !(await exists(path))) throw new Error(`there is no file ${path}`);
  const { dir, once } = values;
  // Servers that ran before are somebody's; what this command starts, it also stops.
  const stopServers = !(await stackStatus(dir)).some(({ pid }) => pid !== undefined);
  try {
    return await runDemo({ dir, once, file: path });
  } finally {
    if (stopServers) await stopStack(dir);
  }
}

async function runDemo({ dir, file, once }: DemoOptions): Promise<number> {
  const startedMs = Date.now();
  let supervisor: Supervisor | undefined;
  // Caught to the very end: a Ctrl-C while servers are being stopped must not leave half of them.
  const { signal } = catchInterrupts(() => supervisor?.kill());
  try {
    const { env } = await openStack({ dir, progress: chooseProgress(), onNotice: (notice) => console.error(notice), signal });
    const log = openProcessLog(dir);
    const childEnv = { ...process.env, ...env };
    const [clip] = await Promise.all([
      file ?? makeDemoClip(env.FFMPEG_PATH, stackPaths(dir).dir),
      runSetup(childEnv, log.write, signal),
    ]);
    signal.throwIfAborted();
    console.log(`Starting ${processNames.join(', ')}; their log is ${log.path}`);
    supervisor = await supervise({ names: processNames, env: childEnv, onLine: log.write });
    await Promise.race([supervisor.ready, rejectWhenAborted(signal)]);

    const gateway = { url: env.GATEWAY_URL, apiKey: env.API_KEY };
    const submitted = await submitFile(gateway, clip, signal);
    console.log(`Job ${submitted.id} for ${clip}, ${((Date.now() - startedMs) / 1000).toFixed(1)} s after the start`);
    const job = await followJob(gateway, submitted.id, signal, showProgress());
    printOutcome(job);
    if (!once) {
      console.log('Playable until Ctrl-C.');
      await untilAborted(signal);
    }
    return job.state === 'completed' ? 0 : 1;
  } catch (error) {
    if (!signal.aborted) throw error;
    console.log('\nStopping.');
    return 130;
  } finally {
    const killed = (await supervisor?.stop()) ?? [];
    if (killed.length > 0) console.error(`Killed after the grace time: ${killed.join(', ')}`);
  }
}

/** The processes' lines go to a file: the terminal belongs to the job. */
function openProcessLog(dir: string): { path: string; write(name: string, line: string): void } {
  const { logs } = stackPaths(dir);
  mkdirSync(logs, { recursive: true });
  const path = resolve(logs, 'processes.log');
  return { path, write: (name, line) => appendFileSync(path, `${formatLogLine(name, line)}\n`) };
}

/** One line that is redrawn on a terminal; elsewhere a line per state and tenth. */
function showProgress(): (job: ApiJob) => void {
  const startedMs = Date.now();
  let shown = '';
  return (job) => {
    const line = describeProgress(job);
    if (process.stdout.isTTY) {
      process.stdout.write(`\r${line}  ${Math.round((Date.now() - startedMs) / 1000)} s\u001b[K`);
      return;
    }
    const step = `${job.state} ${Math.floor(job.progress * 10)}`;
    if (step !== shown) console.log(line);
    shown = step;
  };
}

function printOutcome(job: ApiJob): void {
  if (process.stdout.isTTY) process.stdout.write('\n');
  console.log(JSON.stringify(job, null, 2));
  if (job.state === 'completed') console.log(describePlayback(job).join('\n'));
  else console.log(`The job ended as ${job.state}${job.error ? `: ${job.error.code}, ${job.error.message}` : ''}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
