import { builtInProfiles, defaultProfileName, type NamedProfile, type Profile } from '@streamflix/contracts';
import type { ProfileStore } from '../profiles/profile-store.ts';

/** Profiles of one tenant in memory. */
export class MemoryProfileStore implements ProfileStore {
  readonly own = new Map<string, NamedProfile>();

  async list(): Promise<NamedProfile[]> {
    return [...new Map([...builtInProfiles, ...this.own]).values()];
  }

  async find(_tenantId: string, name: string | null): Promise<NamedProfile | null> {
    const wanted = name ?? defaultProfileName;
    return this.own.get(wanted) ?? builtInProfiles.get(wanted) ?? null;
  }

  async put(_tenantId: string, name: string, profile: Profile): Promise<NamedProfile> {
    const named = { name, version: (this.own.get(name)?.version ?? 0) + 1, profile };
    this.own.set(name, named);
    return named;
  }

  async remove(_tenantId: string, name: string): Promise<boolean> {
    return this.own.delete(name);
  }
}
