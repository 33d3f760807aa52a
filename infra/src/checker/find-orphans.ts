import { type Finding, toFinding } from '@streamflix/contracts';
import { and, eq, inArray } from 'drizzle-orm';
import { type Database, schema } from '../database/index.ts';
import type { CheckerPorts } from './look-at-jobs.ts';

const foldersAtOnce = 500;
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const nameOf = (folder: string): string => folder.split('/').at(-2) ?? '';

/** Of job folders of a tenant those whose job the database does not have. */
async function unexplained(database: Database, tenantId: string, folders: string[]): Promise<string[]> {
  const { jobs } = schema;
  const ids = folders.map(nameOf).filter((name) => uuidPattern.test(name));
  const known = await database.query((db) =>
    db
      .select({ id: jobs.id })
      .from(jobs)
      .where(and(inArray(jobs.id, ids), eq(jobs.tenantId, tenantId))),
  );
  const knownIds = new Set(known.map(({ id }) => id));
  return folders.filter((folder) => !knownIds.has(nameOf(folder)));
}

/** Folders of jobs in the store that no job explains. A job is written down before anything of it is stored, so none is too young. */
export async function* findOrphans({ database, storage }: Pick<CheckerPorts, 'database' | 'storage'>): AsyncGenerator<Finding> {
  async function* report(tenantId: string, folders: string[]): AsyncGenerator<Finding> {
    for (const folder of await unexplained(database, tenantId, folders))
      yield toFinding(nameOf(folder), 'orphan-folder', `tenant ${tenantId} has no such job`, `store: ${folder}`);
  }
  for await (const tenant of storage.listFolders('tenants/')) {
    let folders: string[] = [];
    for await (const folder of storage.listFolders(`${tenant}jobs/`)) {
      folders.push(folder);
      if (folders.length < foldersAtOnce) continue;
      yield* report(nameOf(tenant), folders);
      folders = [];
    }
    if (folders.length > 0) yield* report(nameOf(tenant), folders);
  }
}
