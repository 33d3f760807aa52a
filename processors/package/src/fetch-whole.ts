import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { countFrames, type JobPlan, StreamflixError } from '@streamflix/contracts';
import type { RenditionRow } from '@streamflix/infra/database';
import { joinChunks, type MediaConfig } from '@streamflix/infra/media';
import type { Platform } from '@streamflix/infra/processor';
import { fetchMade } from './fetch-made.ts';

export interface WholeRendition {
  platform: Platform;
  media: MediaConfig;
  dir: string;
  row: RenditionRow;
  plan: JobPlan;
  signal: AbortSignal;
}

/** Brings a rendition to one local file: its only object, or its chunks end to end. */
export async function fetchWhole({ platform, media, dir, row, plan, signal }: WholeRendition): Promise<string> {
  const { name, spec } = row;
  const objects = row.objects ?? [];
  const whole = join(dir, `${name}.mp4`);
  if (objects.length === 0) throw new StreamflixError('INTERNAL_ERROR', { message: `${name} is done and has no objects` });
  if (objects.length > 1 && spec.kind !== 'video')
    throw new StreamflixError('INTERNAL_ERROR', {
      message: `${name} has ${objects.length} objects, and only video comes in chunks`,
    });
  const paths = objects.length === 1 ? [whole] : objects.map((_, index) => join(dir, `${name}-${index}.mp4`));
  for (const [index, path] of paths.entries()) await fetchMade(platform.storage, objects[index]?.key ?? '', path, signal);
  if (spec.kind === 'video' && paths.length > 1) {
    const frames = countFrames(plan.source.durationSeconds, spec.frameRate);
    await joinChunks({ paths, outputPath: whole, rendition: spec, frames, media, signal });
    for (const path of paths) await rm(path);
  }
  return whole;
}
