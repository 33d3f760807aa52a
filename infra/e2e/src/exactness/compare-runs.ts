import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeClip } from '@streamflix/infra/testkit';
import { writeMarked } from '../run/marked-page.ts';
import { projectDir } from '../run/step.ts';
import { OutcomeReader } from '../support/independent-client.ts';
import { type Outcome, type Run, runJob } from './run-job.ts';

const rate = { text: '24000/1001', framesPerSecond: 24_000 / 1001 };
const runs: Run[] = [
  { name: 'one worker', workers: 1, kills: 0 },
  { name: 'two workers', workers: 2, kills: 0 },
  { name: 'two workers, each killed twice', workers: 2, kills: 2 },
];

async function longClip(seconds: number): Promise<string> {
  const dir = join(projectDir, '.local/cache/clips');
  const path = join(dir, `exactness-${seconds}.mp4`);
  if (existsSync(path)) return path;
  mkdirSync(dir, { recursive: true });
  const unfinished = join(dir, `exactness-${seconds}.${process.pid}.mp4`);
  await makeClip(unfinished, { seconds, width: 640, height: 360, frameRate: rate.text });
  renameSync(unfinished, path);
  return path;
}

/** What is wrong; empty when every run came to the same. */
function faultsOf(outcomes: readonly Outcome[], frames: number): string[] {
  const [first] = outcomes;
  return outcomes.flatMap(({ name, hash, frames: found, chunks, repeated, kills, workers }) => [
    ...(hash === first?.hash ? [] : [`${name}: other bytes`]),
    ...(Math.abs(found - frames) <= 1 && found === first?.frames ? [] : [`${name}: ${found} pictures instead of ${frames}`]),
    ...(chunks === first?.chunks ? [] : [`${name}: ${chunks} chunks`]),
    ...(repeated === kills * workers ? [] : [`${name}: ${repeated} encodes were begun again after ${kills * workers} kills`]),
  ]);
}

const formatReport = (outcomes: readonly Outcome[], seconds: number): string =>
  [
    `A source of ${seconds} s at ${rate.text} frames a second, measured on ${new Date().toISOString().slice(0, 10)}.`,
    '',
    '| run | chunks | begun again | pictures | segments | SHA-256 of all segments |',
    '| --- | --- | --- | --- | --- | --- |',
    ...outcomes.map(
      ({ name, chunks, repeated, frames, segments, hash }) =>
        `| ${name} | ${chunks} | ${repeated} | ${frames} | ${segments} | \`${hash.slice(0, 32)}\` |`,
    ),
  ].join('\n');

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '600' }, write: { type: 'boolean' } } });
const seconds = Number(values.seconds);
const clip = await longClip(seconds);
const reader = new OutcomeReader();
try {
  const outcomes: Outcome[] = [];
  for (const run of runs) {
    const outcome = await runJob(run, clip, reader);
    outcomes.push(outcome);
    console.error(`${run.name}: ${outcome.seconds.toFixed(0)} s, ${outcome.frames} pictures, ${outcome.hash.slice(0, 16)}`);
  }
  const report = formatReport(outcomes, seconds);
  console.log(report);
  const faults = faultsOf(outcomes, Math.round(seconds * rate.framesPerSecond));
  for (const fault of faults) console.error(fault);
  if (values.write && faults.length === 0) writeMarked('docs/exactness.md', '<!-- measured -->', report);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  reader.close();
}
