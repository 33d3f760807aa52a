/** `npm run corpus`: every file of the corpus through the whole platform, what came of it read by others, and every hostile input; some minutes. */
import { join } from 'node:path';
import { catchInterrupts } from '@streamflix/infra/local';
import { projectDir, runStep, type Step } from '../run/step.ts';
import { withTestStack } from '../run/test-stack.ts';

const { signal } = catchInterrupts(() => process.exit(130));
const step = (env: Record<string, string>): Step => ({
  name: 'the corpus through the whole platform',
  command: ['vitest', 'run', 'src/platform/corpus.test.ts', 'src/platform/playback.test.ts'],
  cwd: join(projectDir, 'infra/e2e'),
  env: { ...env, CORPUS: 'all' },
  isVitest: true,
});
const hostile: Step = {
  name: 'hostile inputs behind the whitelist, the sandbox, and both',
  command: ['vitest', 'run', '--project', 'unit', 'src/media/hostile.test.ts'],
  cwd: join(projectDir, 'infra'),
  env: { CORPUS: 'all' },
  isVitest: true,
};
const attacked = await runStep(hostile, signal);
const made = await withTestStack((env) => runStep(step(env), signal), signal);
process.exitCode = attacked.failed + made.failed === 0 ? 0 : 1;
