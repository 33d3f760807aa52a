import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  chooseDelivery,
  type SourceInfo,
  type SourcePiece,
  type SourceWithVideo,
  type TaskObject,
  type TaskSpec,
} from '@streamflix/contracts';
import { cutPiece } from '@streamflix/infra/media';
import type { TaskContext } from '@streamflix/infra/processor';

/** Tasks that need the same of the source share a piece: all rungs of a chunk, all tracks of sound. */
function pieceNameOf(spec: TaskSpec): string {
  switch (spec.kind) {
    case 'video':
      return `source-${spec.chunk.startFrame}-${spec.chunk.frameCount ?? 'end'}`;
    case 'images':
      return 'source-stills';
    default:
      return 'source-sound';
  }
}

export interface Delivery {
  specs: TaskSpec[];
  /** What lies in the store for them. */
  objects: TaskObject[];
}

async function storePiece(
  { platform, media, scratchDir, objectPrefix, signal, step }: TaskContext,
  wanted: { input: string; source: SourceWithVideo; spec: TaskSpec },
): Promise<SourcePiece> {
  const name = pieceNameOf(wanted.spec);
  const outputPath = join(scratchDir, name);
  const key = objectPrefix + name;
  const sizeBytes = await step('cut a piece', () => cutPiece({ ...wanted, outputPath, media, signal }));
  await step('store a piece', () => platform.storage.write({ key }, createReadStream(outputPath), { signal }));
  await rm(outputPath);
  return { key, sizeBytes };
}

/** Gives every task a piece of the source where the source is too large to be fetched whole: cut once, each piece gone before the next. */
async function deliverPieces(
  context: TaskContext,
  wanted: { input: string; source: SourceWithVideo },
  specs: readonly TaskSpec[],
): Promise<Delivery> {
  const pieces = new Map<string, SourcePiece>();
  const delivered: TaskSpec[] = [];
  for (const [index, spec] of specs.entries()) {
    const name = pieceNameOf(spec);
    const piece = pieces.get(name) ?? (await storePiece(context, { ...wanted, spec }));
    pieces.set(name, piece);
    delivered.push({ ...spec, piece });
    context.report(0.5 + (0.5 * (index + 1)) / specs.length);
  }
  const objects = [...pieces.values()].map((piece): TaskObject => ({ ...piece, rendition: 'source', durationSeconds: 0 }));
  return { specs: delivered, objects };
}

/** Decides how the source reaches the encode tasks, and brings it on its way. */
export async function deliverSource(
  context: TaskContext,
  { input, source }: { input: string; source: SourceInfo },
  specs: TaskSpec[],
  freeDiskBytes: readonly number[],
): Promise<Delivery> {
  const { video } = source;
  const chunks = new Set(specs.flatMap((spec) => (spec.kind === 'video' ? [spec.chunk.startFrame] : []))).size;
  const limitBytes = context.platform.config.work.maxSourceBytesOnWorker;
  const delivery = chooseDelivery({ sizeBytes: source.sizeBytes, chunks, freeDiskBytes, limitBytes });
  if (delivery === 'whole' || video === null) return { specs, objects: [] };
  context.logger.info({ sizeBytes: source.sizeBytes, chunks }, 'the source goes to the encoders in pieces');
  return deliverPieces(context, { input, source: { ...source, video } }, specs);
}
