import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { exists } from '../files.ts';
import { findOnPath, runCommand, tryCommand } from '../run-command.ts';
import { logFile } from '../server-process.ts';
import type { Step } from '../step.ts';
import { type LocalServer, loopback, type ServerContext } from './local-server.ts';

export const databaseName = 'streamflix';
const userName = 'streamflix';

export function databaseUrl(password: string, port: number): string {
  return `postgres://${userName}:${password}@${loopback}:${port}/${databaseName}`;
}

/** The folder of `postgres` and `initdb`: the newest that the distribution keeps, else the one on PATH. */
export async function findPostgresDir(): Promise<string | undefined> {
  const root = '/usr/lib/postgresql';
  const versions = (await exists(root)) ? await readdir(root) : [];
  for (const version of versions.sort((a, b) => Number(b) - Number(a))) {
    const dir = join(root, version, 'bin');
    if (await findOnPath('initdb', [dir])) return (await exists(join(dir, 'initdb'))) ? dir : undefined;
  }
  const onPath = await findOnPath('initdb');
  return onPath === undefined ? undefined : dirname(onPath);
}

export function postgresServer({ paths, settings }: ServerContext): LocalServer {
  const port = settings.ports.postgres;
  const password = settings.secrets.postgresPassword;
  const query = async (database: string, run: (client: pg.Client) => Promise<void>) => {
    const client = new pg.Client({ host: loopback, port, user: userName, password, database, connectionTimeoutMillis: 2_000 });
    // A server that ends while we are connected reports it here as well; the query's own rejection is what counts.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await run(client);
    } finally {
      await client.end();
    }
  };

  return {
    name: 'postgres',
    port,
    // "Fast": the default SIGTERM would wait for every client to leave.
    stopSignal: 'SIGINT',
    install: async () => {
      await requirePostgresDir();
    },
    prepare: async ({ say }) => {
      const bin = await requirePostgresDir();
      const asUser = await serverUserPrefix();
      const home = await dataHome(paths.dir, paths.data, asUser, say);
      const dataDir = join(home, 'postgres');
      if (!(await exists(dataDir))) await initialise(bin, dataDir, password, asUser, `${logFile(paths, 'postgres')}.init`);
      const [file = '', ...args] = [...asUser, join(bin, 'postgres'), '-D', dataDir, ...serverOptions(port)];
      return { file, args };
    },
    probe: () =>
      query('postgres', async (client) => {
        await client.query('select 1');
      }),
    settle: () =>
      query('postgres', async (client) => {
        const found = await client.query('select 1 from pg_database where datname = $1', [databaseName]);
        if (found.rowCount === 0) await client.query(`create database ${databaseName}`);
      }),
  };
}

/** It listens on TCP alone: a socket's path must fit in 107 characters, and a checkout's path may not. */
export const serverOptions = (port: number): string[] =>
  ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'max_connections=400'].flatMap((option) => [
    '-c',
    option,
  ]);

export async function requirePostgresDir(): Promise<string> {
  const dir = await findPostgresDir();
  if (dir === undefined) throw new Error('no PostgreSQL server found under /usr/lib/postgresql or on PATH');
  return dir;
}

/** PostgreSQL refuses to run as root; the package brings a user of its own. */
export async function serverUserPrefix(): Promise<readonly string[]> {
  if (process.getuid?.() !== 0) return [];
  const user = (await tryCommand('id', ['-u', 'postgres'])) === undefined ? 'nobody' : 'postgres';
  const group = (await tryCommand('id', ['-gn', user]))?.trim() ?? user;
  return ['setpriv', `--reuid=${user}`, `--regid=${group}`, '--clear-groups', '--'];
}

/** Beside the stack's other data where the server's user can reach it, else a folder of its own under /var/lib. */
export async function dataHome(stackDir: string, dataDir: string, asUser: readonly string[], say: Step['say']): Promise<string> {
  const [file, ...prefix] = asUser;
  if (file === undefined || (await tryCommand(file, [...prefix, 'test', '-x', dataDir])) !== undefined) return dataDir;
  const home = elsewhere(stackDir);
  say(`its data is kept in ${home}: the stack's folder is closed to the user it runs as`);
  await mkdir(home, { recursive: true, mode: 0o755 });
  return home;
}

/** Where PostgreSQL's data lies when the checkout is closed to its user; the name is stable for one stack folder. */
function elsewhere(stackDir: string): string {
  return join('/var/lib', `streamflix-stack-${createHash('sha256').update(stackDir).digest('hex').slice(0, 12)}`);
}

/** Data that lies outside the stack's folder has to be wiped apart. */
export async function wipeDataElsewhere(stackDir: string): Promise<void> {
  await rm(elsewhere(stackDir), { recursive: true, force: true });
}

/** Gives files to the server's user, where that is another than this process's. */
export async function ownedBy(asUser: readonly string[], paths: readonly string[], log: string): Promise<void> {
  if (asUser.length === 0) return;
  const user = asUser.find((arg) => arg.startsWith('--reuid='))?.slice('--reuid='.length) ?? 'postgres';
  await runCommand('chown', [user, ...paths], { logFile: log });
}

async function initialise(bin: string, dataDir: string, password: string, asUser: readonly string[], log: string): Promise<void> {
  await removeDrafts(dataDir);
  const draft = `${dataDir}.${randomUUID()}.draft`;
  const passwordFile = `${dataDir}.${randomUUID()}.draft`;
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  try {
    await ownedBy(asUser, [draft, passwordFile], log);
    const initdb = [join(bin, 'initdb'), '-D', draft, '-U', userName, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    const [file = '', ...args] = [...asUser, ...initdb, '--encoding=UTF8', '--locale=C.UTF-8', '--no-instructions'];
    await runCommand(file, args, { logFile: log, cwd: '/' });
    await rename(draft, dataDir);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

/** Of runs that were killed: they hold a password. */
async function removeDrafts(dataDir: string): Promise<void> {
  const names = (await readdir(dirname(dataDir))).filter((name) => name.endsWith('.draft'));
  await Promise.all(names.map((name) => rm(join(dirname(dataDir), name), { recursive: true, force: true })));
}
