/** `npm run guards [-- NAME]`: takes each guard out of a copy of the project in turn, and demands that its test fails. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catchInterrupts } from '@streamflix/infra/local';
import { withTestStack } from '../run/test-stack.ts';
import { copyProject } from './copy-project.ts';
import { type Guard, guards } from './guards.ts';
import { runTest } from './run-test.ts';

/** Answers with what is wrong, if anything. */
async function proveGuard(copy: string, { name, file, edits, test }: Guard, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const sound = await runTest(copy, test, env);
  if (sound.verdict !== 'passed') return `with the guard in, its test ${sound.verdict}:\n${sound.output}`;
  const path = join(copy, file);
  const original = readFileSync(path, 'utf8');
  let changed = original;
  for (const [present, removed] of edits) {
    if (changed.split(present).length !== 2) return `${file} does not hold this once: ${present}`;
    changed = changed.replace(present, () => removed);
  }
  writeFileSync(path, changed);
  try {
    const { verdict, output } = await runTest(copy, test, env);
    console.log(`${verdict === 'failed' ? 'ok  ' : 'FAIL'} without ${name} -> ${test.title} -> ${verdict}`);
    return verdict === 'failed' ? undefined : `without the guard its test ${verdict}:\n${output}`;
  } finally {
    writeFileSync(path, original);
  }
}

async function main(): Promise<number> {
  const wanted = process.argv.slice(2);
  const chosen = wanted.length === 0 ? guards : guards.filter(({ name }) => wanted.includes(name));
  if (chosen.length === 0) throw new Error(`there is no such guard; there are: ${guards.map(({ name }) => name).join(', ')}`);
  const { signal } = catchInterrupts(() => process.exit(130));
  return await withTestStack(async (stackEnv) => {
    const copy = copyProject();
    const faults: string[] = [];
    try {
      for (const guard of chosen) {
        signal.throwIfAborted();
        const fault = await proveGuard(copy, guard, { ...process.env, ...stackEnv });
        if (fault !== undefined) faults.push(`${guard.name}: ${fault}`);
      }
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
    for (const fault of faults) console.error(`\n${fault}`);
    console.log(`${chosen.length - faults.length} guards proven, ${faults.length} not`);
    return faults.length === 0 ? 0 : 1;
  }, signal);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
