import { type NamedProfile, type Profile, StreamflixError } from '@streamflix/contracts';
import { deleteProfile, findProfile, listProfiles, putProfile } from '@streamflix/infra/database';
import type { Platform } from '@streamflix/infra/processor';

/** What the routes need of the profiles. A tenant has the platform's, and its own over them. */
export interface ProfileStore {
  list(tenantId: string): Promise<NamedProfile[]>;
  /** Null means the tenant's default. */
  find(tenantId: string, name: string | null): Promise<NamedProfile | null>;
  /** Throws QUOTA_EXCEEDED. */
  put(tenantId: string, name: string, profile: Profile): Promise<NamedProfile>;
  remove(tenantId: string, name: string): Promise<boolean>;
}

export const openProfileStore = ({ database }: Pick<Platform, 'database'>): ProfileStore => ({
  list: (tenantId) => listProfiles(database.forTenant(tenantId), tenantId),
  find: (tenantId, name) => findProfile(database.forTenant(tenantId), tenantId, name),
  put: (tenantId, name, profile) => putProfile(database.forTenant(tenantId), tenantId, name, profile),
  remove: (tenantId, name) => deleteProfile(database.forTenant(tenantId), tenantId, name),
});

/** Throws PROFILE_UNKNOWN: at the door a misspelt name is a fault of the request, not an outcome. */
export async function assertProfile(profiles: ProfileStore, tenantId: string, name: string | null): Promise<void> {
  if ((await profiles.find(tenantId, name)) === null)
    throw new StreamflixError('PROFILE_UNKNOWN', { details: { profile: name } });
}
