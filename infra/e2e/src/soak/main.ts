/** `npm run soak`: what the processes have in memory over many jobs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '@streamflix/infra/config';
import { catchInterrupts, processNames } from '@streamflix/infra/local';
import { makeClip } from '@streamflix/infra/testkit';
import { describeMachine } from '../bench/facts.ts';
import { RunningPlatform } from '../bench/running-platform.ts';
import { writeMarked } from '../run/marked-page.ts';
import { projectDir } from '../run/step.ts';
import { formatMemory, type MemoryReport } from './format-memory.ts';
import { judgeMemory } from './judge-memory.ts';
import { runJobs } from './run-jobs.ts';
import { sampleMemory, watchFfmpeg } from './sample-memory.ts';

const tellEvery = 20;

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Throws where a process was started anew on the way: its memory would begin from the start. */
async function soak(
  platform: RunningPlatform,
  { dir, jobs, signal }: { dir: string; jobs: number; signal: AbortSignal },
): Promise<MemoryReport> {
  const small = await makeClip(join(dir, 'small.mp4'), { width: 640, height: 360 });
  const large = await makeClip(join(dir, 'large.mp4'), { width: 3840, height: 2160 });
  const processes = platform.fingerprint();
  const stopSampling = sampleMemory(platform, processNames);
  const startedAt = performance.now();
  const onCompleted = (completed: number): void => {
    if (completed % tellEvery === 0) say(`  ${completed} of ${jobs} jobs`);
  };
  await runJobs(platform, { file: small, label: 'small', count: jobs, signal, onCompleted }).finally(stopSampling);
  const samples = stopSampling();
  const seconds = (performance.now() - startedAt) / 1000;
  say('A job of 2160p');
  const stopWatching = watchFfmpeg(platform, 'encode');
  await runJobs(platform, { file: large, label: 'large', count: 1, signal }).finally(stopWatching);
  const peakBytes = stopWatching();
  if (platform.fingerprint() !== processes) throw new Error('a process ended during the run and was started again');
  const { media } = loadConfig({ ...platform.env });
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    ...{ jobs, seconds },
    uses: [...samples].map(([name, seen]) => judgeMemory(name, seen)),
    ffmpeg: { peakBytes, slotBytes: media.slot.memoryBytes },
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { jobs: { type: 'string', default: '200' }, write: { type: 'boolean', default: false } },
  });
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 4) throw new Error('--jobs takes a whole number from 4');
  let kill = (): void => undefined;
  const { signal } = catchInterrupts(() => kill());
  say('Starting servers and processes');
  const onInsist = (end: () => void): void => {
    kill = end;
  };
  const platform = await RunningPlatform.start(join(projectDir, '.local/soak-stack'), { signal, onInsist, onNotice: say });
  const dir = await mkdtemp(join(tmpdir(), 'streamflix-soak-'));
  try {
    const report = await soak(platform, { dir, jobs, signal });
    console.log(formatMemory(report));
    if (values.write) writeMarked('docs/memory.md', '<!-- measured -->', formatMemory(report));
    const { uses, ffmpeg } = report;
    if (uses.some(({ faults }) => faults.length > 0) || ffmpeg.peakBytes > ffmpeg.slotBytes) process.exitCode = 1;
  } finally {
    await rm(dir, { recursive: true, force: true });
    await platform.stop();
  }
}

try {
  await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
