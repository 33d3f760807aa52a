import { StreamflixError } from '@streamflix/contracts';
import { z } from 'zod';
import { ProcessFailure } from './process.ts';
import { type MediaConfig, runTool } from './tool.ts';

const output = z.object({
  streams: z.array(z.looseObject({ nb_read_packets: z.coerce.number(), duration: z.coerce.number() })).min(1),
});

export interface CountedOutput {
  packets: number;
  durationSeconds: number;
}

/** Reads a file that we made from end to end and counts what is in it. Throws ENCODER_FAILED when it cannot be read. */
export async function countOutput(path: string, media: MediaConfig, signal: AbortSignal): Promise<CountedOutput> {
  let json = '';
  try {
    await runTool(media, 'ffprobe', {
      args: ['-v', 'error', '-f', 'mov', '-protocol_whitelist', 'file', '-count_packets', '-show_streams', '-of', 'json', path],
      readOnlyPaths: [path],
      signal,
      stallMs: 60_000,
      timeLimitMs: 10 * 60_000,
      onStdoutLine: (line) => {
        json += line;
      },
    });
    const [stream] = output.parse(JSON.parse(json)).streams;
    return { packets: stream?.nb_read_packets ?? 0, durationSeconds: stream?.duration ?? 0 };
  } catch (error) {
    if (!(error instanceof ProcessFailure || error instanceof z.ZodError || error instanceof SyntaxError)) throw error;
    throw new StreamflixError('ENCODER_FAILED', { message: 'The encoder left a file that cannot be read.', cause: error });
  }
}
