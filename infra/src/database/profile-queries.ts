import {
  builtInProfiles,
  defaultProfileName,
  type NamedProfile,
  type Profile,
  profileSchema,
  StreamflixError,
} from '@streamflix/contracts';
import { and, asc, count, eq, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { profiles } from './schema.ts';

/** So many are a catalogue; more are a mistake of a program. */
const maxProfiles = 100;

type ProfileRow = Pick<typeof profiles.$inferSelect, 'name' | 'version' | 'document'>;

/** Written by an older version, it gets the defaults of what that did not know. */
const toNamed = ({ name, version, document }: ProfileRow): NamedProfile => ({
  name,
  version,
  profile: profileSchema.parse(document),
});

const ofTenant = (tenantId: string, name: string) => and(eq(profiles.tenantId, tenantId), eq(profiles.name, name));

/** The tenant's profile of that name, else the platform's; null where there is neither. Who names none means `default`. */
export async function findProfile(database: Database, tenantId: string, name: string | null): Promise<NamedProfile | null> {
  const wanted = name ?? defaultProfileName;
  const [row] = await database.query((db) => db.select().from(profiles).where(ofTenant(tenantId, wanted)));
  return row === undefined ? (builtInProfiles.get(wanted) ?? null) : toNamed(row);
}

/** All that the tenant may name, by name; its own hide the platform's. */
export async function listProfiles(database: Database, tenantId: string): Promise<NamedProfile[]> {
  const rows = await database.query((db) =>
    db.select().from(profiles).where(eq(profiles.tenantId, tenantId)).orderBy(asc(profiles.name)),
  );
  const all = new Map([...builtInProfiles, ...rows.map((row) => [row.name, toNamed(row)] as const)]);
  return [...all.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Writes a profile of the tenant, over the one of that name. Throws QUOTA_EXCEEDED. Jobs that are planned keep what they have. */
export function putProfile(database: Database, tenantId: string, name: string, profile: Profile): Promise<NamedProfile> {
  return database.transaction(async (db) => {
    const [row] = await db
      .insert(profiles)
      .values({ tenantId, name, document: profile })
      .onConflictDoUpdate({
        target: [profiles.tenantId, profiles.name],
        set: { document: profile, version: sql`${profiles.version} + 1`, updatedAt: sql`now()` },
      })
      .returning();
    const [owned] = await db.select({ total: count() }).from(profiles).where(eq(profiles.tenantId, tenantId));
    if (row === undefined) throw new Error('a profile was neither inserted nor updated');
    if ((owned?.total ?? 0) > maxProfiles)
      throw new StreamflixError('QUOTA_EXCEEDED', { message: `A tenant may have ${maxProfiles} profiles of its own.` });
    return toNamed(row);
  });
}

/** Takes a profile of the tenant away; false when it has none of that name. One of the platform appears again from under it. */
export async function deleteProfile(database: Database, tenantId: string, name: string): Promise<boolean> {
  const deleted = await database.query((db) =>
    db.delete(profiles).where(ofTenant(tenantId, name)).returning({ name: profiles.name }),
  );
  return deleted.length === 1;
}
