import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import pg from 'pg';
import type { SeenJob } from './judge.ts';

/** Plain SQL, as an auditor would ask; a connection for each question, because the server is restarted in between. */
async function select<T extends pg.QueryResultRow>(databaseUrl: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 3_000, query_timeout: 20_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

export interface Job extends SeenJob {
  readonly tenantId: string;
  readonly version: number | null;
  readonly errorCode: string | null;
}

export const selectJobs = (databaseUrl: string): Promise<Job[]> =>
  select(
    databaseUrl,
    `select id, video_id as "videoId", state, tenant_id as "tenantId", package_version as version, error_code as "errorCode"
     from jobs order by created_at`,
  );

export async function countUnconfirmed(databaseUrl: string): Promise<number> {
  const [row] = await select<{ count: number }>(databaseUrl, 'select count(*)::int from outbox where confirmed_at is null');
  return row?.count ?? 0;
}

/** How often a running encode went back to be done again, by the code of the reason. */
export async function countEncodesAgain(databaseUrl: string): Promise<Record<string, number>> {
  const rows = await select<{ code: string; count: number }>(
    databaseUrl,
    `select split_part(coalesce(h.why, 'unknown'), ':', 1) as code, count(*)::int
     from history h join tasks t on t.id = h.task_id
     where t.pool = 'encode' and h.from_state = 'running' and h.to_state in ('ready', 'retrying') group by 1 order by 1`,
  );
  return Object.fromEntries(rows.map(({ code, count }) => [code, count]));
}

export async function countDoneTwice(databaseUrl: string): Promise<number> {
  const rows = await select(
    databaseUrl,
    "select task_id from history where task_id is not null and to_state = 'done' group by task_id having count(*) > 1",
  );
  return rows.length;
}

/** Command lines of media programs that work in one of the folders. */
export function findMediaProcesses(workDirs: readonly string[]): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid, line: readCommandLine(pid) }))
    .filter(({ line }) => /ffmpeg|ffprobe|packager/.test(line) && workDirs.some((dir) => line.includes(dir)))
    .map(({ pid, line }) => `${pid} ${line.slice(0, 200)}`);
}

function readCommandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch (error) {
    // It ended while we looked.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return '';
    throw error;
  }
}

/** Files in the scratch folders. */
export const findScratch = (workDirs: readonly string[]): string[] =>
  workDirs
    .filter((dir) => existsSync(dir))
    .flatMap((dir) =>
      readdirSync(dir, { recursive: true, encoding: 'utf8' })
        .map((name) => join(dir, name))
        .filter((path) => statSync(path).isFile())
        .map((path) => relative(join(dir, '..'), path)),
    );
