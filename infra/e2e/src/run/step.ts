import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type Failure, readReport } from './vitest-report.ts';

export const projectDir = join(import.meta.dirname, '../../../..');
const binDir = join(projectDir, 'node_modules/.bin');

export interface StepResult {
  name: string;
  passed: number;
  failed: number;
  seconds: number;
  /** What failed and why, so that the end of a long log tells. */
  failures: Failure[];
}

export interface Step {
  name: string;
  command: [string, ...string[]];
  cwd?: string;
  env?: Record<string, string>;
  /** Counts the tests of a vitest run; other steps count nothing unless they fail. */
  isVitest?: boolean;
}

/** At the signal it is asked to end, and waited for: it has processes of its own to end. */
function run([program, ...args]: Step['command'], cwd: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
    const end = (): void => void child.kill('SIGTERM');
    signal.addEventListener('abort', end, { once: true });
    child.once('error', reject);
    child.once('exit', (code) => {
      signal.removeEventListener('abort', end);
      resolve(code ?? 1);
    });
  });
}

/** Runs one step to its end. A step that fails without a failed test counts as one failure. */
export async function runStep(
  { name, command, cwd = projectDir, env = {}, isVitest = false }: Step,
  signal: AbortSignal,
): Promise<StepResult> {
  signal.throwIfAborted();
  console.log(`\n== ${name}`);
  const startedAt = performance.now();
  const reportDir = mkdtempSync(join(tmpdir(), 'streamflix-test-'));
  const reportPath = join(reportDir, 'report.json');
  const withReport: Step['command'] = isVitest
    ? [...command, '--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`]
    : command;
  // Each test file loads the libraries anew; what was compiled once need not be again.
  const cached = { NODE_COMPILE_CACHE: join(projectDir, '.local/cache/compile') };
  const code = await run(withReport, cwd, { ...process.env, ...cached, ...env, PATH: `${binDir}:${process.env.PATH}` }, signal);
  const { passed, failed, failures } = readReport(reportPath, (path) => relative(projectDir, path));
  rmSync(reportDir, { recursive: true, force: true });
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  return { name, passed, failed: code === 0 ? failed : Math.max(1, failed), seconds, failures };
}
