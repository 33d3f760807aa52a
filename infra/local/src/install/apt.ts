import { fileURLToPath } from 'node:url';
import { runCommand, tryCommand } from '../run-command.ts';
import type { Step } from '../step.ts';
import { installLog } from './cached.ts';

const script = fileURLToPath(new URL('install-packages.sh', import.meta.url));

/** `[]` as root, `['sudo', '-n']` where sudo asks for no password, undefined where packages cannot be installed. */
export async function findRootPrefix(): Promise<readonly string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  return (await tryCommand('sudo', ['-n', 'true'])) === undefined ? undefined : ['sudo', '-n'];
}

export async function installPackages(
  packages: readonly string[],
  rootPrefix: readonly string[],
  { say, signal }: Step,
): Promise<void> {
  if (packages.length === 0) return;
  say(`installing ${packages.join(', ')} by apt`);
  const [file = 'sh', ...args] = [...rootPrefix, 'sh', script, ...packages];
  await runCommand(file, args, { signal, logFile: installLog('packages') });
}
