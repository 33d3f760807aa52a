import { mkdir, rm } from 'node:fs/promises';
import { bringUp } from './bring-up.ts';
import { formatEnv, parseEnv } from './env-file.ts';
import { withFileLock } from './file-lock.ts';
import { exists, readFileIfThere, writeFileWhole } from './files.ts';
import { planStack, type StackPlan } from './needs.ts';
import { defaultStackDir, type StackPaths, stackPaths } from './paths.ts';
import type { Progress } from './progress.ts';
import { answersOnPort, runServer } from './run-server.ts';
import { endServer, findRunning, type ServerName, serverNames } from './server-process.ts';
import { localServer } from './servers/index.ts';
import type { LocalServer } from './servers/local-server.ts';
import { wipeDataElsewhere } from './servers/postgres.ts';
import { loadOrMakeSettings, readSettings, type StackSettings } from './settings.ts';
import {
  composeStackEnv,
  defaultBucket,
  type EndpointEnv,
  endpointKeys,
  givenEndpoints,
  ownEndpoints,
  type StackEnv,
} from './stack-env.ts';

export interface StartOptions {
  /** The stack's folder, by default `.local/stack`; two folders are two stacks. */
  readonly dir?: string;
  /** Wipe the stack's data first; its servers are stopped for that. */
  readonly fresh?: boolean;
  readonly progress?: Progress;
  /** Where given endpoints are looked for. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Told about notices and about waiting for another run. */
  readonly onNotice?: (notice: string) => void;
  /** Gives up installing and waiting; servers that were started by then stay up. */
  readonly signal?: AbortSignal;
}

export interface StartedStack {
  readonly env: StackEnv;
  readonly wasRunning: boolean;
}

export async function startStack(options: StartOptions = {}): Promise<StackEnv> {
  return (await openStack(options)).env;
}

/** As `startStack`, and says whether everything was running already. */
export async function openStack(options: StartOptions = {}): Promise<StartedStack> {
  const paths = stackPaths(options.dir);
  await mkdir(paths.dir, { recursive: true });
  const tellWait = (pid: number) => options.onNotice?.(`Waiting for process ${pid}, which is bringing this stack up or down.`);
  return await withFileLock(paths.lockFile, tellWait, () => openLocked(paths, options), options.signal);
}

async function openLocked(paths: StackPaths, options: StartOptions): Promise<StartedStack> {
  const { environment = process.env, progress = 'silent', signal } = options;
  if (options.fresh) await wipe(paths);
  const before = await readSettings(paths);
  const settings = await loadOrMakeSettings(paths, await portsInUse(paths, before));
  const given = givenEndpoints(environment, [ownEndpoints(settings), ...(before === undefined ? [] : [ownEndpoints(before)])]);
  const plan = await planStack(given, environment);
  for (const notice of plan.notices) options.onNotice?.(notice);
  const servers = plan.servers.map((name) => localServer(name, serverContext(paths, settings, given, environment)));
  const running = await Promise.all(servers.map((server) => isUp(paths, server)));
  const wasRunning = running.every(Boolean) && plan.packages.length === 0 && (await exists(paths.envFile));
  const work = wasRunning ? { servers: [], progress: 'silent' as const } : { servers, progress };
  const tools = await bringUp({ ...work, paths, plan, environment, signal });
  const env = composeStackEnv({ paths, settings, given, environment, storage: plan.storage, tools });
  await Promise.all([mkdir(paths.work, { recursive: true }), ...storeDirs(plan, paths)]);
  await writeFileWhole(paths.envFile, formatEnv({ ...env }), 0o600);
  return { env, wasRunning };
}

/** Ends the servers this stack started, and no other process; answers with those that were running. */
export async function stopStack(dir: string = defaultStackDir): Promise<ServerName[]> {
  const paths = stackPaths(dir);
  return await withFileLock(
    paths.lockFile,
    () => undefined,
    () => endAll(paths),
  );
}

export interface ServerStatus {
  readonly name: ServerName;
  readonly state: 'up' | 'down' | 'given';
  readonly port?: number;
  readonly pid?: number;
}

export async function stackStatus(dir: string = defaultStackDir): Promise<ServerStatus[]> {
  const paths = stackPaths(dir);
  const settings = await readSettings(paths);
  const env = (await readStackEnv(dir)) ?? {};
  const own = settings === undefined ? undefined : ownEndpoints(settings);
  const statuses = serverNames.map(async (name): Promise<ServerStatus | undefined> => {
    const value = env[endpointKeys[name]];
    if (value !== undefined && own?.[endpointKeys[name]] !== value) return { name, state: 'given' };
    if (name === 's3' && env.STORAGE_DRIVER === 'local') return undefined;
    const port = settings?.ports[name];
    const identity = await findRunning(paths, name);
    const answers = identity !== undefined && port !== undefined && (await answersOnPort(port));
    return { name, state: answers ? 'up' : 'down', ...(port && { port }), ...(identity && { pid: identity.pid }) };
  });
  return (await Promise.all(statuses)).filter((status) => status !== undefined);
}

/** What the last `up` wrote, whether or not the servers still run. */
export async function readStackEnv(dir: string = defaultStackDir): Promise<Record<string, string> | undefined> {
  const text = await readFileIfThere(stackPaths(dir).envFile);
  return text === undefined ? undefined : parseEnv(text);
}

/** Ends one server as a fault would, by default cleanly; SIGSTOP and SIGCONT only freeze and thaw it. */
export async function stopServer(dir: string, name: ServerName, signal?: NodeJS.Signals): Promise<void> {
  const paths = stackPaths(dir);
  const identity = await findRunning(paths, name);
  if (identity === undefined) throw new Error(`${name} of ${paths.dir} is not running`);
  if (signal === 'SIGSTOP' || signal === 'SIGCONT') process.kill(-identity.pid, signal);
  else await endServer(paths, name, signal ?? (await knownServer(paths, name)).stopSignal);
}

/** Starts one server again, on its port and with its data, and waits until it answers. */
export async function startServer(dir: string, name: ServerName): Promise<void> {
  const paths = stackPaths(dir);
  await runServer(paths, await knownServer(paths, name));
}

async function knownServer(paths: StackPaths, name: ServerName): Promise<LocalServer> {
  const settings = await readSettings(paths);
  if (settings === undefined) throw new Error(`there is no stack in ${paths.dir}: run npm run stack -- up first`);
  const env = (await readStackEnv(paths.dir)) ?? {};
  return localServer(name, serverContext(paths, settings, givenEndpoints(env, [ownEndpoints(settings)]), env));
}

function serverContext(paths: StackPaths, settings: StackSettings, given: Partial<EndpointEnv>, environment: NodeJS.ProcessEnv) {
  const kafkaBrokers = given.KAFKA_BROKERS ?? ownEndpoints(settings).KAFKA_BROKERS;
  return { paths, settings, kafkaBrokers, bucket: environment.S3_BUCKET || defaultBucket };
}

async function isUp(paths: StackPaths, server: LocalServer): Promise<boolean> {
  return (await findRunning(paths, server.name)) !== undefined && (await answersOnPort(server.port));
}

async function portsInUse(paths: StackPaths, settings: StackSettings | undefined): Promise<Set<number>> {
  const ports = new Set<number>();
  if (settings === undefined) return ports;
  for (const name of serverNames) {
    if ((await findRunning(paths, name)) === undefined) continue;
    ports.add(settings.ports[name]);
    if (name === 'kafka') ports.add(settings.ports.kafkaController);
  }
  return ports;
}

async function endAll(paths: StackPaths): Promise<ServerName[]> {
  const ended: ServerName[] = [];
  const end = async (name: ServerName) => {
    if (await endServer(paths, name, name === 'postgres' ? 'SIGINT' : 'SIGTERM')) ended.push(name);
  };
  // The registry first: it lives in Kafka, and waits for it long after it has gone.
  await Promise.all([end('registry').then(() => end('kafka')), end('postgres'), end('redis'), end('s3')]);
  return ended;
}

async function wipe(paths: StackPaths): Promise<void> {
  await endAll(paths);
  await rm(paths.dir, { recursive: true, force: true });
  await wipeDataElsewhere(paths.dir);
  await rm(paths.envFile, { force: true });
}

function storeDirs(plan: StackPlan, paths: StackPaths): Promise<unknown>[] {
  return plan.storage === 'local' ? [mkdir(paths.store, { recursive: true })] : [];
}
