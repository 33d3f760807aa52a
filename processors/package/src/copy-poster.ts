import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobPlan } from '@streamflix/contracts';
import type { StorageProvider } from '@streamflix/infra/storage';
import { fetchMade } from './fetch-made.ts';
import type { PackagedImage } from './package-stills.ts';

/** The uploader's own picture in the package's folder, when there is one. */
export async function copyPoster(
  storage: StorageProvider,
  { poster }: JobPlan,
  packageDir: string,
  signal: AbortSignal,
): Promise<PackagedImage[]> {
  if (poster === undefined) return [];
  const { key, width, height } = poster;
  const path = 'images/poster.jpg';
  await mkdir(join(packageDir, 'images'), { recursive: true });
  await fetchMade(storage, key, join(packageDir, path), signal);
  return [{ kind: 'custom', path, positionSeconds: 0, width, height }];
}
