import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const projectDir = join(import.meta.dirname, '../../..');
const binDir = join(projectDir, 'node_modules/.bin');

export interface StepResult {
  name: string;
  passed: number;
  failed: number;
  seconds: number;
}

export interface Step {
  name: string;
  command: [string, ...string[]];
  cwd?: string;
  env?: Record<string, string>;
  /** Counts the tests of a vitest run; other steps count nothing unless they fail. */
  isVitest?: boolean;
}

function run([program, ...args]: Step['command'], cwd: string, env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function countTests(reportPath: string): { passed: number; failed: number } {
  if (!existsSync(reportPath)) return { passed: 0, failed: 0 };
  const report = JSON.parse(readFileSync(reportPath, 'utf8')) as { numPassedTests: number; numFailedTests: number };
  return { passed: report.numPassedTests, failed: report.numFailedTests };
}

/** Runs one step to its end. A step that fails without a failed test counts as one failure. */
export async function runStep({ name, command, cwd = projectDir, env = {}, isVitest = false }: Step): Promise<StepResult> {
  console.log(`\n== ${name}`);
  const startedAt = performance.now();
  const reportPath = join(mkdtempSync(join(tmpdir(), 'streamflix-test-')), 'report.json');
  const withReport: Step['command'] = isVitest
    ? [...command, '--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`]
    : command;
  const code = await run(withReport, cwd, { ...process.env, ...env, PATH: `${binDir}:${process.env.PATH}` });
  const { passed, failed } = isVitest ? countTests(reportPath) : { passed: 0, failed: 0 };
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  return { name, passed, failed: code === 0 ? failed : Math.max(1, failed), seconds };
}
