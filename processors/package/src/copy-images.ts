import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { JobPlan } from '@streamflix/contracts';
import type { RenditionRow } from '@streamflix/infra/database';
import type { StorageProvider } from '@streamflix/infra/storage';
import { fetchMade } from './fetch-made.ts';

export interface PackagedImage {
  kind: 'thumbnail';
  /** Path inside the package. */
  path: string;
  positionSeconds: number;
  width: number;
  height: number;
}

/** Brings the pictures that the encode task made into the package's folder. */
export async function copyImages(
  storage: StorageProvider,
  rows: RenditionRow[],
  plan: JobPlan,
  packageDir: string,
  signal: AbortSignal,
): Promise<PackagedImage[]> {
  const images: PackagedImage[] = [];
  await mkdir(join(packageDir, 'images'), { recursive: true });
  for (const { spec, objects } of rows) {
    if (spec.kind !== 'images') continue;
    for (const [index, { key }] of (objects ?? []).entries()) {
      const path = `images/${basename(key)}`;
      await fetchMade(storage, key, join(packageDir, path), signal);
      const positionSeconds = (spec.positions[index] ?? 0) * plan.source.durationSeconds;
      images.push({ kind: 'thumbnail', path, positionSeconds, width: spec.width, height: spec.height });
    }
  }
  return images;
}
