import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { stackPaths } from './paths.ts';
import { findFreePorts } from './ports.ts';
import { runCommand } from './run-command.ts';
import { runServer } from './run-server.ts';
import { endServer, logFile } from './server-process.ts';
import { type LocalServer, loopback } from './servers/local-server.ts';
import { dataHome, ownedBy, requirePostgresDir, serverOptions, serverUserPrefix, wipeDataElsewhere } from './servers/postgres.ts';
import { quietly, type Step } from './step.ts';

/** A streaming replica of a whole server, which can be held back. */
export interface PostgresReplica {
  /** Of the same database as the primary's. */
  readonly url: string;
  /** Nothing that the primary writes from now on is seen here. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

const name = 'postgres-replica';

/** Copies the server and follows it. Whatever an earlier replica left in the folder is ended and wiped. */
export async function startPostgresReplica(dir: string, primaryUrl: string, step: Step = quietly): Promise<PostgresReplica> {
  const paths = stackPaths(dir);
  const stop = async (): Promise<void> => {
    await endServer(paths, name, 'SIGINT');
    await wipeDataElsewhere(paths.dir);
    await rm(paths.dir, { recursive: true, force: true });
  };
  await stop();
  const { [name]: port = 0 } = await findFreePorts([name]);
  const url = new URL(primaryUrl);
  url.port = String(port);
  const ask = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 2_000 });
    // A server that ends while we are connected reports it here as well; the query's own rejection is what counts.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  const server: LocalServer<string> = {
    ...{ name, port, stopSignal: 'SIGINT', install: async () => undefined, probe: () => ask('select 1') },
    prepare: async ({ say }) => {
      const bin = await requirePostgresDir();
      const asUser = await serverUserPrefix();
      await mkdir(paths.data, { recursive: true });
      const dataDir = join(await dataHome(paths.dir, paths.data, asUser, say), name);
      const log = `${logFile(paths, name)}.init`;
      await rm(dataDir, { recursive: true, force: true });
      await mkdir(dataDir, { recursive: true, mode: 0o700 });
      await ownedBy(asUser, [dataDir], log);
      const backup = [join(bin, 'pg_basebackup'), '-d', primaryUrl, '-D', dataDir, '-R', '-X', 'stream', '--checkpoint=fast'];
      const [copy = '', ...copyArgs] = [...asUser, ...backup];
      await runCommand(copy, copyArgs, { logFile: log, cwd: '/' });
      const [file = '', ...args] = [...asUser, join(bin, 'postgres'), '-D', dataDir, ...serverOptions(port)];
      return { file, args };
    },
  };
  await mkdir(paths.logs, { recursive: true });
  try {
    await runServer(paths, server, step);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `postgres://${url.username}:${url.password}@${loopback}:${port}${url.pathname}`,
    pause: () => ask('select pg_wal_replay_pause()'),
    resume: () => ask('select pg_wal_replay_resume()'),
    stop,
  };
}
