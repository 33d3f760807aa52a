import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { projectDir } from '../run/step.ts';
import type { GuardTest } from './guards.ts';

export type Verdict = 'passed' | 'failed' | 'not run';

interface VitestReport {
  readonly testResults: readonly { readonly assertionResults: readonly { readonly title: string; readonly status: string }[] }[];
}

/** Where vitest is to be started for the test, and how its kind of test is asked for. */
function settingsOf(file: string): { dir: string; args: string[] } {
  const dir = file.startsWith('infra/e2e/') ? 'infra/e2e' : 'infra';
  const args = file.endsWith('.integration.test.ts') ? ['--project', 'integration'] : [];
  return { dir, args };
}

const pattern = (title: string): string => `^${title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;

/** Runs this one test in a copy of the project; what vitest printed comes with the verdict. */
export async function runTest(copy: string, { file, title }: GuardTest, env: NodeJS.ProcessEnv) {
  const { dir, args } = settingsOf(file);
  const cwd = join(copy, dir);
  const reportFile = join(copy, 'report.json');
  rmSync(reportFile, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const path = `${join(projectDir, 'node_modules/.bin')}:${process.env.PATH}`;
  const command = ['run', ...args, file.slice(dir.length + 1), '-t', pattern(title), ...reporters];
  const child = spawn('vitest', command, { cwd, env: { ...env, PATH: path }, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { verdict: readVerdict(reportFile, title), output: `${stdout}${stderr}` };
}

function readVerdict(reportFile: string, title: string): Verdict {
  if (!existsSync(reportFile)) return 'not run';
  const { testResults } = JSON.parse(readFileSync(reportFile, 'utf8')) as VitestReport;
  const found = testResults.flatMap(({ assertionResults }) => assertionResults).find((each) => each.title === title);
  return found?.status === 'passed' || found?.status === 'failed' ? found.status : 'not run';
}
