import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '@streamflix/infra/config';
import { processNames, runSetup, type StackEnv, stackStatus, startStack, stopStack, supervise } from '@streamflix/infra/local';
import { openStorage, type StorageProvider } from '@streamflix/infra/storage';
import pg from 'pg';
import { ownEnvironment } from '../run/own-environment.ts';
import { type CpuAccount, openCpuAccount } from './cpu-account.ts';
import { readStat } from './process-stat.ts';
import { ToolWatch } from './tool-watch.ts';

/** CPU seconds by name. */
export type CpuSeconds = Record<string, number>;

export interface Usage {
  /** Of each process with all that it started. */
  platform: CpuSeconds;
  /** Of each process alone. */
  own: CpuSeconds;
  servers: CpuSeconds;
}

type Accounts = Map<string, CpuAccount>;

interface Parts {
  env: StackEnv;
  stackDir: string;
  storage: StorageProvider;
  database: pg.Client;
  platform: Accounts;
  servers: Accounts;
  pidOf(name: string): number | undefined;
  /** In the order in which they are to be called. */
  stops: readonly (() => Promise<unknown>)[];
}

export interface StartOptions {
  signal: AbortSignal;
  /** Somebody who pressed Ctrl-C again will not wait: called with what ends the processes at once. */
  onInsist: (kill: () => void) => void;
  onNotice: (notice: string) => void;
}

export const sumOf = (seconds: CpuSeconds): number => Object.values(seconds).reduce((sum, value) => sum + value, 0);

const secondsOf = (accounts: Accounts): CpuSeconds =>
  Object.fromEntries([...accounts].map(([name, account]) => [name, account.seconds()]));

/** All of them, whatever one throws: nothing may be left running because something else would not stop. */
async function callAll(stops: Parts['stops']): Promise<void> {
  const failures: unknown[] = [];
  for (const stop of stops)
    await stop().catch((error: unknown) => {
      failures.push(error);
    });
  if (failures.length > 0) throw failures[0];
}

/** The whole platform as it is run: every processor a process of its own, on real servers. */
export class RunningPlatform {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Fresh servers and all processes. What could not be started whole is stopped again. */
  static async start(stackDir: string, { signal, onInsist, onNotice }: StartOptions): Promise<RunningPlatform> {
    const [platform, servers]: [Accounts, Accounts] = [new Map(), new Map()];
    const closeAccounts = async (): Promise<void> => {
      await callAll([...platform.values(), ...servers.values()].map((account) => () => account.close()));
    };
    const stops: (() => Promise<unknown>)[] = [() => stopStack(stackDir), closeAccounts];
    try {
      const env = await startStack({ dir: stackDir, fresh: true, environment: ownEnvironment(), onNotice, signal });
      const log = join(stackDir, 'logs/processes.log');
      const onLine = (name: string, line: string): void => appendFileSync(log, `${name} ${line}\n`);
      await runSetup({ ...ownEnvironment(), ...env }, onLine, signal);
      signal.throwIfAborted();
      const processes = await supervise({ names: processNames, env: { ...env }, onLine });
      stops.unshift(() => processes.stop());
      onInsist(() => processes.kill());
      await Promise.race([processes.ready, delay(2 ** 30, undefined, { signal, ref: false })]);
      const database = new pg.Client({ connectionString: env.DATABASE_URL });
      await database.connect();
      stops.unshift(() => database.end());
      const storage = openStorage(loadConfig({ ...env }).storage);
      stops.unshift(() => storage.close());
      const open = (accounts: Accounts, name: string, pid: number | undefined): void => {
        const account = openCpuAccount(name);
        accounts.set(name, account);
        account.add(pid === undefined ? [] : [pid]);
      };
      for (const name of processNames) open(platform, name, processes.pidOf(name));
      for (const { name, pid } of await stackStatus(stackDir)) open(servers, name, pid);
      const { pidOf } = processes;
      return new RunningPlatform({ env, stackDir, storage, database, platform, servers, pidOf, stops });
    } catch (error) {
      await callAll(stops);
      throw error;
    }
  }

  get env(): StackEnv {
    return this.#parts.env;
  }

  get storage(): StorageProvider {
    return this.#parts.storage;
  }

  get database(): pg.Client {
    return this.#parts.database;
  }

  pidOf(name: string): number | undefined {
    return this.#parts.pidOf(name);
  }

  async stop(): Promise<void> {
    await callAll(this.#parts.stops);
  }

  usage(): Usage {
    const { platform, servers, pidOf } = this.#parts;
    const own = Object.fromEntries(
      [...platform.keys()].map((name) => [name, readStat(pidOf(name) ?? 0)?.cpuSeconds ?? Number.NaN]),
    );
    return { platform: secondsOf(platform), own, servers: secondsOf(servers) };
  }

  /** Changes whenever a process ended and was started again, which makes a measurement worthless. */
  fingerprint(): string {
    return [...this.#parts.platform.keys()].map((name) => this.#parts.pidOf(name)).join();
  }

  watchTools(): ToolWatch {
    const groups = [...this.#parts.platform].map(([name, account]) => ({ name, pids: () => account.pids() }));
    return new ToolWatch({ groups, workDir: join(this.#parts.stackDir, 'work') });
  }

  /** CPU seconds a second while there is nothing to do: processes, then servers. */
  async idle(seconds: number, signal: AbortSignal): Promise<{ platform: number; servers: number }> {
    const before = this.usage();
    await delay(seconds * 1000, undefined, { signal });
    const after = this.usage();
    const rate = (kind: 'platform' | 'servers'): number => (sumOf(after[kind]) - sumOf(before[kind])) / seconds;
    return { platform: rate('platform'), servers: rate('servers') };
  }
}
