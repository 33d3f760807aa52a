/** `npm test`: everything that CI runs, on real servers of its own. Ends with `N passed, N failed`. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catchInterrupts, Interrupted } from '@streamflix/infra/local';
import { projectDir, runStep, type Step, type StepResult } from './run/step.ts';
import { withTestStack } from './run/test-stack.ts';

const { signal } = catchInterrupts(() => process.exit(130));
const inDir = (dir: string): string => join(projectDir, dir);

const { workspaces } = JSON.parse(readFileSync(inDir('package.json'), 'utf8')) as { workspaces: string[] };
/** Every package but this one, so that none is forgotten. */
const packageDirs = workspaces
  .flatMap((pattern) => globSync(pattern, { cwd: projectDir }).toSorted())
  .filter((dir) => dir !== 'infra/e2e');
const has = (dir: string, pattern: string): boolean => globSync(pattern, { cwd: inDir(dir) }).length > 0;

const checks: Step[] = [
  { name: 'schemas and generated types', command: ['node', 'contracts/generate/main.ts', '--check'] },
  { name: 'types, lint, boundaries of packages', command: ['npm', 'run', '--silent', 'check'] },
  { name: 'compose file', command: ['node', 'infra/local/src/check-compose.ts'] },
  { name: 'helm chart', command: ['node', 'helm/check.ts'] },
];

/** No unit test is there to measure time: where the machine is busy with others one may take many times as long. */
const patient = ['--testTimeout=60000', '--hookTimeout=60000'];

const unitTests = packageDirs
  .filter((dir) => has(dir, '{src,local}/**/!(*.integration).test.ts'))
  .map(
    (dir): Step => ({
      name: `unit tests of ${dir}`,
      command: ['vitest', 'run', ...patient],
      cwd: inDir(dir),
      isVitest: true,
    }),
  );

const platformStep = (name: string, args: string[]): Step => ({
  name,
  command: ['vitest', 'run', ...args],
  cwd: inDir('infra/e2e'),
  isVitest: true,
});
const outages = 'src/platform/outage.test.ts';
const filesOf = (names: string[]): string[] => names.map((name) => `src/platform/${name}.test.ts`);
/** The longest of the rest: with them both lanes take about as long. */
const longest = filesOf(['crash', 'chunks', 'failure', 'schemathesis']);
/** They play in real time, and a player that waits for the processor says nothing about a package. */
const played = filesOf(['playback', 'tracks', 'pipeline']);

/** The outages wait more than they work: beside them there is room for the unit tests. */
const serverLane: Step[] = [
  platformStep('the platform while servers are away', [outages]),
  {
    name: 'adapters on real servers',
    command: ['vitest', 'run', '--project', 'integration'],
    cwd: inDir('infra'),
    isVitest: true,
  },
  ...packageDirs
    .filter((dir) => has(dir, 'vitest.integration.config.ts'))
    .map(
      (dir): Step => ({
        name: `${dir} on real servers`,
        command: ['vitest', 'run', '--config', 'vitest.integration.config.ts'],
        cwd: inDir(dir),
        isVitest: true,
      }),
    ),
  platformStep('the platform: its longest tests', longest),
];

const otherPlatformTests = platformStep(
  'the platform: all others',
  [outages, ...longest, ...played].flatMap((file) => ['--exclude', file]),
);

const players = platformStep('the platform: its players', played);

/** Servers of its own: three brokers, and a proxy that spoils connections. */
const smallAttack: Step = {
  name: 'a small attack',
  command: ['node', 'infra/e2e/src/chaos/main.ts', '--seed', '7', '--jobs', '5', '--faults', '10', '--every', '3'],
};

async function runAll(steps: Step[], env: Record<string, string> = {}): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const step of steps) results.push(await runStep({ ...step, env: { ...env, ...step.env } }, signal));
  return results;
}

/**
 * Two lanes side by side, each with servers of its own: its tests stop them, and count what is on them.
 * What plays comes after both.
 */
async function runTests(): Promise<StepResult[]> {
  try {
    const unitLane = async (env: Record<string, string>): Promise<StepResult[]> => [
      ...(await runAll(unitTests)),
      ...(await runAll([otherPlatformTests], env)),
    ];
    return await withTestStack(async (one) => {
      const bothLanes = (two: Record<string, string>) => Promise.all([unitLane(one), runAll(serverLane, two)]);
      const lanes = await withTestStack(bothLanes, signal, 'second-test-stack');
      return [...lanes.flat(), ...(await runAll([players], one))];
    }, signal);
  } catch (error) {
    signal.throwIfAborted();
    const failures = [{ test: 'start', reason: String(error) }];
    const noServers = { name: 'real servers for the tests', passed: 0, failed: 1, seconds: 0, failures };
    return [noServers, ...(await runAll(unitTests))];
  }
}

function print(results: StepResult[]): void {
  console.log('');
  for (const { name, passed, failed, seconds, failures } of results) {
    console.log(`${failed === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s, ${passed} tests)`);
    for (const { test, reason } of failures) console.log(`       ${test}\n         ${reason}`);
  }
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

try {
  print([...(await runAll(checks)), ...(await runTests()), ...(await runAll([smallAttack]))]);
} catch (error) {
  // Servers and processes are stopped by now; what was tested so far says nothing about the whole.
  console.log(error instanceof Interrupted ? '\ninterrupted' : error);
  process.exitCode = error instanceof Interrupted ? 130 : 1;
}
