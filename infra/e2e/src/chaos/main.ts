import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catchInterrupts } from '@streamflix/infra/local';
import { projectDir } from '../run/step.ts';
import { chaosDir } from './chaos-stack.ts';
import { help, type Options, readOptions } from './options.ts';
import { planFaults } from './plan-faults.ts';
import { planJobs } from './plan-jobs.ts';
import { commandOf, formatReport, updatePage } from './report.ts';
import { runChaos } from './run-chaos.ts';

const pagePath = join(projectDir, 'docs/chaos.md');

/** Not into the result: stdout may be read by a program. */
const startedMs = Date.now();
function say(text: string): void {
  process.stderr.write(`${String(Math.round((Date.now() - startedMs) / 1000)).padStart(4)} s  ${text}\n`);
}

function printPlan({ seed, jobs, faults: count, every: secondsBetween }: Options): void {
  for (const fault of planFaults({ seed, count, secondsBetween })) console.log(JSON.stringify(fault));
  for (const job of planJobs({ seed, count: jobs, overSeconds: count * secondsBetween })) console.log(JSON.stringify(job));
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(help);
    return 0;
  }
  if (options.plan) {
    printPlan(options);
    return 0;
  }
  const { signal } = catchInterrupts(() => process.exit(130));
  const report = await runChaos(options, say, signal);
  console.log(options.json ? JSON.stringify(report, null, 2) : formatReport(report));
  if (options.write) writeFileSync(pagePath, updatePage(readFileSync(pagePath, 'utf8'), report));
  if (report.violations.length === 0) return 0;
  say(`Promises were broken. Again: ${commandOf(report)}; the logs are in ${chaosDir}`);
  return 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
