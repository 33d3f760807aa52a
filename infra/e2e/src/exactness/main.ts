/** `npm run exactness`: a video of ten minutes on one worker, on two, and on two that are killed, comes to the same bytes. */
import { parseArgs } from 'node:util';
import { catchInterrupts } from '@streamflix/infra/local';
import { runStep } from '../run/step.ts';
import { withTestStack } from '../run/test-stack.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '600' }, write: { type: 'boolean', default: false } },
});
const seconds = Number(values.seconds);
if (!(seconds >= 60 && seconds <= 7200)) throw new Error('--seconds takes a number from 60 to 7200');

const { signal } = catchInterrupts(() => process.exit(130));
const command: [string, ...string[]] = ['node', 'infra/e2e/src/exactness/compare-runs.ts', '--seconds', String(seconds)];
if (values.write) command.push('--write');
const { failed } = await withTestStack(
  (env) => runStep({ name: `a video of ${seconds} s on one worker, on two, and on two that are killed`, command, env }, signal),
  signal,
);
process.exitCode = failed === 0 ? 0 : 1;
