import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { planJob } from '@streamflix/contracts';
import { loadConfig } from '@streamflix/infra/config';
import { catchInterrupts } from '@streamflix/infra/local';
import { type MediaConfig, probeSource, resolveTool } from '@streamflix/infra/media';
import { makeClip } from '@streamflix/infra/testkit';
import { projectDir } from '../run/step.ts';
import { howCounted } from './cpu-account.ts';
import { describeEncoder, describeFfmpeg, describeMachine } from './facts.ts';
import { formatReport } from './format-report.ts';
import { help, type Options, readOptions } from './options.ts';
import { runJob } from './platform-job.ts';
import { type FormName, formNames } from './raw-args.ts';
import { type RawRun, runRawFfmpeg } from './raw-ffmpeg.ts';
import { type Facts, type Report, type Round, summarise } from './report.ts';
import { RunningPlatform } from './running-platform.ts';
import { runShakaStreamer, type ShakaRun } from './shaka-streamer.ts';
import { writePage } from './write-page.ts';

const stackDir = join(projectDir, '.local/bench-stack');
const warmUpSeconds = 6;
const idleSeconds = 10;

/** Not into the result: stdout may be read by a program. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function makeSource(seconds: number): Promise<string> {
  const dir = join(projectDir, '.local/cache/clips');
  const path = join(dir, `bench-${seconds}s.mp4`);
  if (existsSync(path)) return path;
  say('Making a clip');
  mkdirSync(dir, { recursive: true });
  const draft = join(dir, `bench-${process.pid}.mp4`);
  await makeClip(draft, { seconds, width: 1920, height: 1080 });
  renameSync(draft, path);
  return path;
}

interface Bench {
  platform: RunningPlatform;
  file: string;
  signal: AbortSignal;
}

const programs = async (media: MediaConfig) => ({
  ffmpegPath: await resolveTool(media, 'ffmpeg'),
  ffprobePath: await resolveTool(media, 'ffprobe'),
  packagerPath: await resolveTool(media, 'packager'),
});

/** Every form of the command, Shaka Streamer and the platform, in another order each round, so that neither always follows the other. */
async function runRound({ platform, file, signal }: Bench, number: number): Promise<Round> {
  const { media } = loadConfig({ ...platform.env });
  const plan = planJob(await probeSource(file, { media, signal }));
  const raw: Partial<Record<FormName, RawRun>> = {};
  const runForms = async (forms: readonly FormName[]): Promise<void> => {
    for (const form of forms) {
      raw[form] = await runRawFfmpeg({ ffmpegPath: media.ffmpegPath, input: file, plan, form, signal });
      say(`  ffmpeg, ${form}: ${raw[form].wallSeconds.toFixed(1)} s, CPU ${raw[form].cpuSeconds.toFixed(1)} s`);
    }
  };
  const isEven = number % 2 === 0;
  let shaka: ShakaRun | undefined;
  const runOthers = async (forms: readonly FormName[]): Promise<void> => {
    await runForms(forms);
    shaka = await runShakaStreamer({ ...(await programs(media)), input: file, plan, signal });
    say(`  Shaka Streamer: ${shaka.wallSeconds.toFixed(1)} s, CPU ${shaka.cpuSeconds.toFixed(1)} s`);
  };
  if (isEven) await runOthers(formNames.toReversed());
  const job = await runJob(platform, file, `bench-${number}`, signal);
  say(`  platform: ${job.wallSeconds.toFixed(1)} s, CPU ${job.cpuSeconds.toFixed(1)} s`);
  if (!isEven) await runOthers(formNames);
  if (!isDeepStrictEqual(job.plan.renditions, plan.renditions))
    throw new Error('the platform planned other renditions than were given to ffmpeg');
  if (shaka === undefined) throw new Error('Shaka Streamer was not run');
  return { platform: job, raw: raw as Record<FormName, RawRun>, shaka };
}

async function measure(options: Options): Promise<{ report: Report; rounds: Round[] }> {
  const { file: given, seconds } = options;
  if (given !== undefined && !existsSync(given)) throw new Error(`there is no file ${given}`);
  let kill = (): void => undefined;
  const { signal } = catchInterrupts(() => kill());
  const file = given ?? (await makeSource(seconds));
  const warmUp = await makeSource(warmUpSeconds);
  say('Starting servers and processes');
  const onInsist = (end: () => void): void => {
    kill = end;
  };
  const platform = await RunningPlatform.start(stackDir, { signal, onInsist, onNotice: say });
  try {
    say('A short job that does not count, then nothing for a while');
    await runJob(platform, warmUp, 'bench-warm-up', signal);
    const idle = await platform.idle(idleSeconds, signal);
    const rounds: Round[] = [];
    const loads: number[] = [];
    for (let number = 1; number <= options.rounds; number += 1) {
      say(`Round ${number} of ${options.rounds}`);
      loads.push(loadavg()[0] ?? 0);
      rounds.push(await runRound({ platform, file, signal }, number));
    }
    const { FFMPEG_PATH } = platform.env;
    const facts: Facts = {
      date: new Date().toISOString().slice(0, 10),
      machine: describeMachine(),
      ffmpeg: describeFfmpeg(FFMPEG_PATH),
      encoder: describeEncoder(FFMPEG_PATH),
      source:
        given === undefined ? `a test picture and a tone, ${seconds} s, 1920x1080, 30 frames a second` : 'a file of your own',
      howCounted: howCounted(),
      idle,
      loads,
    };
    return { report: summarise(rounds, facts), rounds };
  } finally {
    await platform.stop();
  }
}

async function main(): Promise<void> {
  // npm runs scripts in the project's folder; the name was typed in the caller's.
  const options = readOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  if (options === 'help') {
    console.log(help);
    return;
  }
  const { report, rounds } = await measure(options);
  console.log(options.json ? JSON.stringify({ report, rounds }, null, 2) : formatReport(report));
  if (options.write) writePage('<!-- measured -->', formatReport(report));
}

try {
  await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
