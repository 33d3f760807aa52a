import { join } from 'node:path';
import { cacheDir, projectRoot } from './paths.ts';
import { findFreePorts } from './ports.ts';
import { findOnPath, tryCommand } from './run-command.ts';
import { SupervisedProcess } from './supervised-process.ts';
import { Hopeless, waitUntil } from './wait-until.ts';

export const processNames = ['ingest', 'probe', 'encode', 'package', 'notify', 'sweep', 'gateway'] as const;
export type ProcessName = (typeof processNames)[number];

/**
 * As in the image. Left to itself, a process takes 350 MB merely to start, of a large machine's memory. What passes through
 * is freed as its young heap is collected: a small one is soon full, and cheap. Pieces of what passes
 * through are given back to the system one by one, instead of leaving holes between those that stay.
 */
const smallMemory = {
  NODE_OPTIONS: '--max-semi-space-size=1 --max-old-space-size=512',
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '16384',
};

/** As in the chart and the compose file. In a young heap of this size a thousand answers a second die young; the gateway asks when uploads are to be collected. */
const smallGateway = { NODE_OPTIONS: '--expose-gc --max-semi-space-size=16 --max-old-space-size=256' };

/** So many ends before the first readiness mean that waiting longer will not help. */
const hopelessExits = 4;

export interface SuperviseOptions {
  /** Instances: `encode`, or `encode#2` for one more of the same. */
  readonly names: readonly string[];
  /** What every process gets; nothing else of this process's environment but PATH and HOME is passed on. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What one instance gets on top, by its name. */
  readonly extraEnv?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly onLine?: (name: string, line: string) => void;
  readonly graceMs?: number;
  readonly readyTimeoutMs?: number;
}

export interface Supervisor {
  /** Resolves when all answer /ready with 200 at first; rejects when one cannot get there. */
  readonly ready: Promise<void>;
  /** SIGTERM to all, SIGKILL to the groups of those that outlast the grace time. Answers with the names that had to be killed. */
  stop(): Promise<string[]>;
  /** SIGKILL to all groups, at once. */
  kill(): void;
  /** Ends one and keeps it down, until `startOne`. */
  stopOne(name: string, signal?: NodeJS.Signals): Promise<void>;
  /** Starts one that was stopped, and waits until it is ready. */
  startOne(name: string): Promise<void>;
  pidOf(name: string): number | undefined;
  healthUrlOf(name: string): string;
}

export async function supervise(options: SuperviseOptions): Promise<Supervisor> {
  const { names, env, extraEnv = {}, onLine = () => undefined, graceMs = 30_000, readyTimeoutMs = 90_000 } = options;
  const healthPorts = await findFreePorts(names);
  const prefix = await deathSignalPrefix();
  const processes = new Map<string, SupervisedProcess>();
  for (const name of names) {
    processes.set(
      name,
      new SupervisedProcess({
        name,
        scriptPath: scriptPathOf(name),
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          // Types are stripped once and not at every start, which takes time and some of the memory that stays.
          NODE_COMPILE_CACHE: join(cacheDir, 'compile'),
          ...env,
          ...smallMemory,
          ...(name.startsWith('gateway') ? smallGateway : {}),
          ...(await gatewayEnv(name, env)),
          HEALTH_PORT: String(healthPorts[name]),
          ...extraEnv[name],
        },
        prefix,
        onLine: (line) => onLine(name, line),
      }),
    );
  }
  const processOf = (name: string): SupervisedProcess => {
    const found = processes.get(name);
    if (found === undefined) throw new Error(`${name} is not among ${names.join(', ')}`);
    return found;
  };
  const healthUrlOf = (name: string) => `http://127.0.0.1:${processOf(name).spec.env.HEALTH_PORT}`;
  let stopping = false;
  const becomeReady = async (name: string) => {
    const exitsBefore = processOf(name).exits;
    await waitUntil(`${name} did not get ready`, readyTimeoutMs, async () => {
      if (stopping) throw new Hopeless(`${name} was stopped before it got ready`);
      const { exits, lastWords } = processOf(name);
      const ends = exits - exitsBefore;
      if (ends >= hopelessExits) throw new Hopeless(`${name} ended ${ends} times before it got ready: ${lastWords}`);
      await requireReady(healthUrlOf(name));
    });
  };

  for (const supervised of processes.values()) supervised.start();
  const ready = Promise.all(names.map(becomeReady)).then(() => undefined);
  // Whoever only stops it again need not have waited for this.
  ready.catch(() => undefined);

  return {
    ready,
    async stop() {
      stopping = true;
      const outcomes = await Promise.all([...processes].map(async ([name, it]) => ({ name, clean: await it.stop(graceMs) })));
      return outcomes.filter(({ clean }) => !clean).map(({ name }) => name);
    },
    kill() {
      stopping = true;
      for (const supervised of processes.values()) supervised.killGroup();
    },
    async stopOne(name, signal) {
      await processOf(name).stop(graceMs, signal);
    },
    async startOne(name) {
      processOf(name).start();
      await becomeReady(name);
    },
    pidOf: (name) => processOf(name).pid,
    healthUrlOf,
  };
}

/** `encode#2` is another instance of `encode`. */
export function processOfInstance(name: string): ProcessName | undefined {
  const [base, number, ...rest] = name.split('#');
  if (rest.length > 0 || (number !== undefined && !/^\d+$/.test(number))) return undefined;
  return processNames.find((known) => known === base);
}

function scriptPathOf(name: string): string {
  const process = processOfInstance(name);
  if (process === undefined)
    throw new Error(`"${name}" is no process; there are ${processNames.join(', ')}, and encode#2 for a second one`);
  return join(projectRoot, process === 'gateway' ? 'gateway/api' : `processors/${process}`, 'src/main.ts');
}

async function gatewayEnv(name: string, env: SuperviseOptions['env']): Promise<Record<string, string>> {
  if (processOfInstance(name) !== 'gateway') return {};
  const url = env.GATEWAY_URL;
  // The first serves the address that everyone knows; others get one of their own.
  if (name !== 'gateway' || url === undefined) return { GATEWAY_PORT: String((await findFreePorts(['gateway'])).gateway) };
  const { port, protocol } = new URL(url);
  return { GATEWAY_PORT: port || (protocol === 'https:' ? '443' : '80') };
}

/** The kernel asks the children to end when we are killed and cannot; without setpriv they would be left. */
async function deathSignalPrefix(): Promise<readonly string[]> {
  const setpriv = await findOnPath('setpriv');
  if (setpriv === undefined || (await tryCommand(setpriv, ['--pdeathsig', 'TERM', '--', 'true'])) === undefined) return [];
  return [setpriv, '--pdeathsig', 'TERM', '--'];
}

async function requireReady(healthUrl: string): Promise<void> {
  const answer = await fetch(`${healthUrl}/ready`, { signal: AbortSignal.timeout(5_000) });
  const body = await answer.text();
  if (answer.status !== 200) throw new Error(`/ready answers ${answer.status}: ${body.slice(0, 300)}`);
}
