import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  chooseDelivery,
  type JobPlan,
  type PlannedTask,
  planTasks,
  type SourceDelivery,
  type SourcePiece,
  type SourceWithVideo,
  type TaskObject,
  type TaskSpec,
} from '@streamflix/contracts';
import { cutPiece } from '@streamflix/infra/media';
import type { TaskContext } from '@streamflix/infra/processor';
import type { EncodeCapacity } from '@streamflix/infra/work';

/** Tasks that need the same of the source share a piece: all rungs of a chunk, all tracks of sound. */
function pieceNameOf(spec: TaskSpec): string {
  switch (spec.kind) {
    case 'video':
      return `source-${spec.chunk.startFrame}-${spec.chunk.frameCount ?? 'end'}`;
    default:
      return 'source-sound';
  }
}

async function storePiece(
  { platform, media, scratchDir, objectPrefix, signal, step }: TaskContext,
  wanted: { input: string; source: SourceWithVideo; spec: TaskSpec },
): Promise<SourcePiece> {
  const name = pieceNameOf(wanted.spec);
  const outputPath = join(scratchDir, name);
  const key = objectPrefix + name;
  const sizeBytes = await step('cut a piece', () => cutPiece({ ...wanted, outputPath, media, signal }));
  await step('store a piece', () => platform.storage.write({ key }, { file: outputPath }, { signal }));
  await rm(outputPath);
  return { key, sizeBytes };
}

/** How the source reaches the encode tasks of a plan. */
export function deliveryOf(
  { platform, logger }: TaskContext,
  plan: JobPlan,
  { idleSlots, freeDiskBytes }: EncodeCapacity,
): SourceDelivery {
  const { sizeBytes } = plan.source;
  const starts = planTasks(plan, { idleSlots }).flatMap(({ spec }) => (spec.kind === 'video' ? [spec.chunk.startFrame] : []));
  const chunks = new Set(starts).size;
  const limitBytes = platform.config.work.maxSourceBytesOnWorker;
  const delivery = chooseDelivery({ sizeBytes, chunks, freeDiskBytes, limitBytes });
  if (delivery === 'pieces') logger.info({ sizeBytes, chunks }, 'the source goes to the encoders in pieces');
  return delivery;
}

/** Gives every task a piece of the source, and tells what lies in the store for it: each is cut once, and gone from here before the next. */
export async function deliverPieces(
  context: TaskContext,
  wanted: { input: string; source: SourceWithVideo },
  planned: readonly PlannedTask[],
): Promise<{ tasks: PlannedTask[]; objects: TaskObject[] }> {
  const pieces = new Map<string, SourcePiece>();
  const tasks: PlannedTask[] = [];
  for (const [index, task] of planned.entries()) {
    const name = pieceNameOf(task.spec);
    const piece = pieces.get(name) ?? (await storePiece(context, { ...wanted, spec: task.spec }));
    pieces.set(name, piece);
    tasks.push({ ...task, spec: { ...task.spec, piece } });
    context.report(0.5 + (0.5 * (index + 1)) / planned.length);
  }
  const objects = [...pieces.values()].map((piece): TaskObject => ({ ...piece, rendition: 'source', durationSeconds: 0 }));
  return { tasks, objects };
}
