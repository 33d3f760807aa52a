import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { catchInterrupts } from '@streamflix/infra/local';
import { makeClip } from '@streamflix/infra/testkit';
import { projectDir } from '../run/step.ts';
import { RunningPlatform } from './platform-job.ts';
import { runRawFfmpeg } from './raw-ffmpeg.ts';
import { formatReport, type Report, type Round, summarise } from './report.ts';

const help = `What a job costs on this platform, against the best single ffmpeg command for the same outputs.

  npm run bench                      a clip of 60 s in 1080p, three rounds
  npm run bench -- --file FILE       your own video (of a constant frame rate)
  npm run bench -- --seconds 20 --rounds 5

  --json    the report as one JSON document, after two dashes: npm run bench -- --json
  --write   put the report into docs/benchmarks.md
`;

const stackDir = join(projectDir, '.local/bench-stack');
const pagePath = join(projectDir, 'docs/benchmarks.md');

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function makeSource(seconds: number): Promise<string> {
  const dir = join(projectDir, '.local/cache/clips');
  const path = join(dir, `bench-${seconds}s.mp4`);
  if (existsSync(path)) return path;
  mkdirSync(dir, { recursive: true });
  const draft = join(dir, `bench-${process.pid}.mp4`);
  await makeClip(draft, { seconds, width: 1920, height: 1080 });
  renameSync(draft, path);
  return path;
}

async function measure(file: string, rounds: number): Promise<Round[]> {
  say('Starting servers and processes');
  const { signal } = catchInterrupts(() => undefined);
  const platform = await RunningPlatform.start(stackDir, { signal, onNotice: say });
  try {
    const measured: Round[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const job = await platform.runJob(file, round, signal);
      const { plan, renditions } = job;
      const raw = await runRawFfmpeg({ ffmpegPath: platform.ffmpegPath, input: file, plan, renditions, signal });
      measured.push({ platform: job, raw });
      say(`Round ${round}: platform ${job.wallSeconds.toFixed(1)} s, ffmpeg ${raw.wallSeconds.toFixed(1)} s`);
    }
    return measured;
  } finally {
    await platform.stop();
  }
}

const ffmpegVersion = (): string =>
  execFileSync(process.env.FFMPEG_PATH ?? 'ffmpeg', ['-version'], { encoding: 'utf8' })
    .split(' ')
    .slice(0, 3)
    .join(' ');

/** Replaces the measured part of the page and keeps what was written around it. */
function writePage(report: Report): void {
  const mark = '<!-- measured -->';
  const [before = '', , after = ''] = readFileSync(pagePath, 'utf8').split(mark);
  writeFileSync(pagePath, `${before}${mark}\n\n${formatReport(report)}\n\n${mark}${after}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      file: { type: 'string' },
      seconds: { type: 'string', default: '60' },
      rounds: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
  if (!(seconds >= 1) || !Number.isInteger(rounds) || rounds < 1) throw new Error('--seconds and --rounds take positive numbers');
  const file = values.file === undefined ? undefined : resolve(process.env.INIT_CWD ?? process.cwd(), values.file);
  const measured = await measure(file ?? (await makeSource(seconds)), rounds);
  const source =
    file === undefined ? `a test picture and a tone, ${seconds} s, 1920x1080, 30 frames a second` : 'a file of your own';
  const date = new Date().toISOString().slice(0, 10);
  const report = summarise(measured, { source, ffmpeg: ffmpegVersion(), date });
  console.log(values.json ? JSON.stringify(report, null, 2) : formatReport(report));
  if (values.write) writePage(report);
}

try {
  await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
