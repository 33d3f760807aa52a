import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StreamflixError } from '@streamflix/contracts';
import { classifyEncodeFailure } from './encode-failure.ts';
import { buildPieceArgs, type PieceArgs } from './piece-args.ts';
import { type MediaConfig, runTool } from './tool.ts';

const timeLimitMs = 30 * 60_000;

export interface PieceCut extends PieceArgs {
  media: MediaConfig;
  signal: AbortSignal;
}

/** Copies what a task needs of the source into a file of its own, and gives its size. Throws ENCODER_FAILED or DISK_FULL. */
export async function cutPiece({ media, signal, ...wanted }: PieceCut): Promise<number> {
  const { input, outputPath } = wanted;
  const args = buildPieceArgs(wanted);
  if (args === null) throw new StreamflixError('INTERNAL_ERROR', { message: `no piece is cut for ${wanted.spec.kind}` });
  try {
    const limits = { signal, stallMs: timeLimitMs, timeLimitMs };
    await runTool(media, 'ffmpeg', { args, readOnlyPaths: [input], writableDir: dirname(outputPath), ...limits });
  } catch (error) {
    throw signal.aborted ? error : classifyEncodeFailure(error);
  }
  return (await stat(outputPath)).size;
}
