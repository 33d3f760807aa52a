import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobPlan } from '@streamflix/contracts';
import { openCpuAccount } from './cpu-account.ts';
import { audiosOf, buildRawArgs, type FormName, rungsOf } from './raw-args.ts';
import { measureTrack, type Outputs, type Track } from './track.ts';

/** What one way of doing the job cost and what came of it. */
export interface Cost {
  wallSeconds: number;
  cpuSeconds: number;
}

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

/** Runs it to its end in a folder of its own, and measures what it made. An aborted one is killed and waited for. */
export async function runRawFfmpeg({ ffmpegPath, input, plan, form, signal }: RawOptions): Promise<RawRun> {
  signal.throwIfAborted();
  const dir = await mkdtemp(join(tmpdir(), 'streamflix-bench-'));
  const account = openCpuAccount('ffmpeg');
  try {
    const startedAt = performance.now();
    const args = buildRawArgs({ input, plan, outputDir: dir, form });
    const child = spawn(ffmpegPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    const kill = (): boolean => child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    const ended = once(child, 'exit');
    if (child.pid !== undefined) account.add([child.pid]);
    const [code] = await ended;
    const wallSeconds = (performance.now() - startedAt) / 1000;
    const cpuSeconds = account.seconds();
    signal.removeEventListener('abort', kill);
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
    return { form, wallSeconds, cpuSeconds, ...(await measureOutputs(dir, plan)) };
  } finally {
    await account.close();
    await rm(dir, { recursive: true, force: true });
  }
}
