/** `npm run corpus`: every file of the corpus through the whole platform, and what came of it read by others; some minutes. */
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
const { failed } = await withTestStack((env) => runStep(step(env), signal), signal);
process.exitCode = failed === 0 ? 0 : 1;
