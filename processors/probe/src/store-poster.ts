import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PosterPlan } from '@streamflix/contracts';
import { makePoster } from '@streamflix/infra/media';
import type { TaskContext } from '@streamflix/infra/processor';
import { downloadToFile } from '@streamflix/infra/storage';

/**
 * Makes the poster of the picture that the uploader gave, beside it in the store, where it outlives the work folder. Before anything is
 * encoded: a picture that is none ends the job at once, with THUMBNAIL_UNUSABLE.
 */
export async function storePoster(
  { platform, task, media, scratchDir, signal, step }: TaskContext,
  posterKey: string,
): Promise<PosterPlan> {
  const { storage } = platform;
  const outputDir = join(scratchDir, 'poster');
  await mkdir(outputDir);
  const input = join(scratchDir, 'thumbnail');
  await step('fetch the thumbnail', () => downloadToFile(storage, { key: posterKey }, input, { signal }));
  const { path, width, height } = await makePoster({ input, outputDir, media, signal });
  const key = `${dirname(posterKey)}/poster-e${task.epoch}.jpg`;
  await step('store the poster', () => storage.write({ key }, { file: path }, { contentType: 'image/jpeg', signal }));
  return { key, width, height };
}
