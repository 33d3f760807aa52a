import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobPlan } from '@streamflix/contracts';
import { type Cost, runMeasured } from './measured-run.ts';
import { audiosOf, buildRawArgs, type FormName, rungsOf } from './raw-args.ts';
import { measureTrack, type Outputs, type Track } from './track.ts';

export interface RawRun extends Cost, Outputs {
  form: FormName;
}

export interface RawOptions {
  ffmpegPath: string;
  input: string;
  plan: JobPlan;
  form: FormName;
  signal: AbortSignal;
}

/** The dash muxer names streams by their place among the outputs: the rungs first, then the sound. */
async function measureStream(dir: string, index: number, name: string): Promise<Track> {
  const files = readdirSync(dir).toSorted();
  const parts = [`init-stream${index}.m4s`, ...files.filter((file) => file.startsWith(`chunk-stream${index}-`))];
  return measureTrack(
    name,
    parts.map((file) => join(dir, file)),
  );
}

async function measureOutputs(dir: string, { renditions }: JobPlan): Promise<Outputs> {
  const names = [...rungsOf(renditions), ...audiosOf(renditions)].map(({ name }) => name);
  const tracks = await Promise.all(names.map((name, index) => measureStream(dir, index, name)));
  return { tracks, thumbnails: readdirSync(dir).filter((file) => file.endsWith('.jpg')).length };
}

/** Runs it to its end in a folder of its own, and measures what it made. */
export async function runRawFfmpeg({ ffmpegPath, input, plan, form, signal }: RawOptions): Promise<RawRun> {
  const dir = await mkdtemp(join(tmpdir(), 'streamflix-bench-'));
  try {
    const cost = await runMeasured({ command: ffmpegPath, args: buildRawArgs({ input, plan, outputDir: dir, form }), signal });
    return { form, ...cost, ...(await measureOutputs(dir, plan)) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
