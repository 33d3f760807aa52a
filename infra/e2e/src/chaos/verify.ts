import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { projectDir } from '../run/step.ts';

/** The platform's own checker, asked as an operator does; answers with its disagreements. Throws when it could not check. */
export async function verifyByCommand(env: NodeJS.ProcessEnv): Promise<string[]> {
  const command = [join(projectDir, 'gateway/cli/src/main.ts'), 'verify', '--json'];
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 300_000 });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  if (code !== 0 && code !== 1) throw new Error(`streamflix verify ended with ${code}: ${stderr.slice(-500)}`);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.filter((line) => (JSON.parse(line) as { type: string }).type === 'finding');
}
