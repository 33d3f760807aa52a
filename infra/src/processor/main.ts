import { loadConfig } from '../config/index.ts';
import { connectPlatform, type Platform } from './platform.ts';

/**
 * The frame of every main.ts: reads the configuration, connects, runs, and ends the process with a sentence instead of a stack
 * where a person has to act.
 */
export async function runMain(service: string, run: (platform: Platform) => Promise<void>): Promise<void> {
  try {
    await run(await connectPlatform(service, loadConfig(process.env)));
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${service}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
