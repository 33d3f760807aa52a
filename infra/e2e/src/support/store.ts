import { createHash, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { loadConfig } from '@streamflix/infra/config';
import { openStorage } from '@streamflix/infra/storage';
import { requireEnv } from './environment.ts';

const storage = openStorage(loadConfig(process.env).storage);

export const newVideoId = (name: string): string => `${name}-${randomUUID().slice(0, 8)}`;

/** Puts a file where an upstream service would, and returns the VideoUploaded it would publish. */
export async function uploadSource(
  videoId: string,
  path: string,
  changes: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const sourceKey = `uploads/${videoId}/source.mp4`;
  await storage.write({ key: sourceKey }, { file: path });
  return {
    eventId: randomUUID(),
    occurredAt: Date.now(),
    tenantId: 'acme',
    videoId,
    sourceBucket: requireEnv('S3_BUCKET'),
    sourceKey,
    filename: 'source.mp4',
    contentType: null,
    sizeBytes: null,
    checksumSha256: null,
    profile: null,
    priority: 5,
    webhookUrl: null,
    deadlineAt: null,
    metadata: {},
    ...changes,
  };
}

export async function listObjects(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list(prefix)) keys.push(key);
  return keys;
}

export const readObject = async (key: string): Promise<Buffer> => buffer(await storage.read({ key }));

export const deleteObjects = (prefix: string): Promise<number> => storage.deletePrefix(prefix);

/** What a player would fetch of a package, by the path in it: a hash of each segment. What comes before them says when it was made. */
export async function hashMedia(packagePrefix: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const key of await listObjects(packagePrefix)) {
    if (!key.endsWith('.m4s')) continue;
    hashes[key.slice(packagePrefix.length)] = createHash('sha256')
      .update(await readObject(key))
      .digest('hex');
  }
  return hashes;
}
