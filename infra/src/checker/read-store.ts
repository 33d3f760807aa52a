import { text } from 'node:stream/consumers';
import { hasCode, type JobPlan, objectKeys, type StoreFacts } from '@streamflix/contracts';
import { inspectManifests } from '../media/index.ts';
import type { StorageProvider } from '../storage/index.ts';
import type { ReadJob } from './read-facts.ts';

type Store = Pick<StorageProvider, 'list' | 'read'>;

/** A playlist of a day has some 15,000 lines; what is far larger is none. */
const maxManifestBytes = 8 * 1024 * 1024;
const maxLeftovers = 1_000;

/** All manifests beforehand, so that a store which goes away is not taken for a manifest that cannot be read. */
async function fetchManifests(storage: Store, prefix: string, files: ReadonlyMap<string, number>): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const [path, sizeBytes] of files) {
    if (!/\.(m3u8|mpd)$/.test(path) || sizeBytes > maxManifestBytes) continue;
    try {
      texts.set(path, await text(await storage.read({ key: prefix + path })));
    } catch (error) {
      if (!hasCode(error, 'SOURCE_NOT_FOUND')) throw error;
    }
  }
  return texts;
}

async function inspect(texts: Map<string, string>, plan: JobPlan): Promise<StoreFacts['manifests']> {
  if (texts.size === 0) return null;
  const readText = async (path: string): Promise<string> => {
    const found = texts.get(path);
    if (found === undefined) throw new Error('it is not in the store, or too large');
    return found;
  };
  return inspectManifests(readText, plan);
}

/** What the store has of an ended job; of one that was not cleaned up only the package. */
export async function readStore(storage: Store, { facts, plan }: ReadJob): Promise<StoreFacts> {
  const { tenantId, jobId, state, packageVersion, cleanedAt } = facts;
  const prefix =
    state === 'completed' && packageVersion !== null ? objectKeys.packagePrefix(tenantId, jobId, packageVersion) : null;
  const files = new Map<string, number>();
  const leftovers: string[] = [];
  const listed = cleanedAt === null ? prefix : objectKeys.jobPrefix(tenantId, jobId);
  if (listed !== null) {
    for await (const { key, sizeBytes } of storage.list(listed)) {
      if (prefix !== null && key.startsWith(prefix)) files.set(key.slice(prefix.length), sizeBytes);
      else if (leftovers.length < maxLeftovers) leftovers.push(key);
    }
  }
  const manifests = prefix === null || plan === null ? null : await inspect(await fetchManifests(storage, prefix, files), plan);
  return { files, manifests, leftovers };
}
