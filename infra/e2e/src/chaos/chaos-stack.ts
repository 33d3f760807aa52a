import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type FaultProxy,
  findFreePorts,
  type KafkaCluster,
  runSetup,
  type StackEnv,
  type Supervisor,
  startFaultProxy,
  startKafkaCluster,
  startStack,
  stopStack,
  supervise,
} from '@streamflix/infra/local';
import { ownEnvironment } from '../run/own-environment.ts';
import { projectDir } from '../run/step.ts';
import { instances, smallDiskWorker } from './fault-kinds.ts';
import { type RefusingProxy, startRefusingProxy } from './refusing-proxy.ts';
import { type SmallDisk, tryMountSmallDisk } from './small-disk.ts';

export const chaosDir = join(projectDir, '.local/chaos');
const stackDir = join(chaosDir, 'stack');
const brokers = 3;
const smallDiskMegabytes = 512;
/** Of it: so little that a task fits beside it, so much that a worker whose disk is full says so. */
const smallDiskFreeBytes = 16 * 1024 ** 2;

/** What is broken through the proxy, by the name of the fault's target. */
export type ProxiedServer = 'database' | 'redis' | 'store';

export const chaosTenant = 'acme';

/** Short times, so that a lease runs out within a fault. One slot: a worker that is killed can lose one chunk. */
const settings = {
  LEASE_SECONDS: '4',
  POLL_SECONDS: '1',
  SWEEP_SECONDS: '0.5',
  OUTBOX_RESEND_SECONDS: '5',
  WEBHOOK_SECRET: 'a-secret-for-tests-only',
  DATABASE_POOL_SIZE: '4',
  SLOTS: '1',
  // Its clips are small: many jobs have to fit into minutes.
  MIN_SOURCE_LONG_SIDE: '240',
  MIN_SOURCE_SHORT_SIDE: '240',
  // One tenant, whichever way a job comes: the checker is asked with the gateway's key.
  API_TENANT: chaosTenant,
};

export interface ChaosStack {
  /** The servers as they are, for those who watch. */
  readonly env: StackEnv;
  readonly stackDir: string;
  readonly cluster: KafkaCluster;
  readonly proxy: FaultProxy<ProxiedServer>;
  /** Between the proxy and the store: what comes through may still be refused. */
  readonly refusingStore: RefusingProxy;
  readonly processes: Supervisor;
  readonly gatewayUrls: Readonly<Record<'gateway' | 'gateway#2', string>>;
  readonly smallDisk: SmallDisk | undefined;
  /** How often each process ended, for whatever reason. */
  readonly ends: ReadonlyMap<string, number>;
  readonly workDirs: readonly string[];
  clockFileOf(instance: string): string;
  /** Ends the processes, with all that they started; the servers stay. Answers with those that had to be killed. */
  stopProcesses(): Promise<string[]>;
  stop(options: { keep: boolean }): Promise<void>;
}

const addressOf = (url: string): string => new URL(url).host;

function withAddress(url: string, address: string): string {
  const changed = new URL(url);
  changed.host = address;
  return changed.href.replace(/\/$/, '');
}

/** Three brokers, the other servers behind a proxy, and two of each process. What could not be started whole is stopped again. */
export async function startChaosStack(say: (text: string) => void, signal: AbortSignal): Promise<ChaosStack> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async ({ keep }: { keep: boolean }): Promise<void> => {
    if (keep) return;
    for (const each of stops.splice(0).reverse()) await each().catch((error: unknown) => say(String(error)));
  };
  try {
    return await start();
  } catch (error) {
    await stop({ keep: false });
    throw error;
  }

  async function start(): Promise<ChaosStack> {
    const step = { say: () => undefined, signal };
    say(`Starting ${brokers} brokers`);
    const cluster = await startKafkaCluster(join(chaosDir, 'brokers'), brokers, step);
    stops.push(() => cluster.stop());
    say('Starting the other servers');
    const environment = { ...ownEnvironment(), KAFKA_BROKERS: cluster.brokers };
    stops.push(() => stopStack(stackDir));
    const env = await startStack({ dir: stackDir, fresh: true, environment, onNotice: say, signal });
    if (env.S3_ENDPOINT === undefined) throw new Error('the suite needs an S3 server: install Go 1.24 or newer');
    const refusingStore = await startRefusingProxy(addressOf(env.S3_ENDPOINT));
    stops.push(() => refusingStore.stop());
    const upstreams = {
      database: addressOf(env.DATABASE_URL),
      redis: addressOf(env.REDIS_URL),
      store: refusingStore.address,
    };
    const proxy = await startFaultProxy(join(chaosDir, 'proxy'), upstreams, step);
    stops.push(() => proxy.stop());
    const log = join(stackDir, 'logs/processes.log');
    const ends = new Map<string, number>();
    const onLine = (name: string, line: string): void => {
      appendFileSync(log, `${new Date().toISOString()} ${name} ${line}\n`);
      if (line.startsWith('ended (')) ends.set(name, (ends.get(name) ?? 0) + 1);
    };
    await runSetup({ ...ownEnvironment(), ...env, ...settings }, onLine, signal);

    const clockDir = join(chaosDir, 'clocks');
    mkdirSync(clockDir, { recursive: true });
    const clockFileOf = (instance: string): string => join(clockDir, instance);
    const smallDiskDir = join(chaosDir, 'small-disk');
    const smallDisk = tryMountSmallDisk(smallDiskDir, smallDiskMegabytes);
    if (smallDisk !== undefined) stops.push(async () => smallDisk.unmount());
    const gatewayPort = (await findFreePorts(['gateway#2']))['gateway#2'];
    const preload = join(import.meta.dirname, 'skewed-clock.ts');
    const extraOf = (name: string): Record<string, string> => ({
      NODE_OPTIONS: `--import=${preload}`,
      CLOCK_SKEW_FILE: clockFileOf(name),
      ...(name === 'gateway#2' && { GATEWAY_PORT: String(gatewayPort) }),
      ...(name === smallDiskWorker &&
        smallDisk !== undefined && {
          WORK_DIR: smallDiskDir,
          MIN_FREE_DISK_BYTES: String(smallDiskFreeBytes),
        }),
    });
    for (const name of instances) rmSync(clockFileOf(name), { force: true });
    say(`Starting ${instances.length} processes`);
    const processes = await supervise({
      names: instances,
      env: {
        ...env,
        ...settings,
        DATABASE_URL: withAddress(env.DATABASE_URL, proxy.addresses.database),
        REDIS_URL: withAddress(env.REDIS_URL, proxy.addresses.redis),
        S3_ENDPOINT: withAddress(env.S3_ENDPOINT, proxy.addresses.store),
      },
      extraEnv: Object.fromEntries(instances.map((name) => [name, extraOf(name)])),
      onLine,
      readyTimeoutMs: 240_000,
    });
    stops.push(() => processes.stop());
    await processes.ready;
    signal.throwIfAborted();
    return {
      ...{ env, stackDir, cluster, proxy, refusingStore, processes, smallDisk, ends, clockFileOf, stop },
      gatewayUrls: { gateway: env.GATEWAY_URL, 'gateway#2': `http://127.0.0.1:${gatewayPort}` },
      workDirs: [env.WORK_DIR, ...(smallDisk === undefined ? [] : [smallDiskDir])],
      stopProcesses: () => processes.stop(),
    };
  }
}
