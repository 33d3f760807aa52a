import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { splitLines } from './log-lines.ts';
import { projectRoot } from './paths.ts';

/** Migrations, topics and schemas, brought to where this checkout needs them; safe to repeat. */
export async function runSetup(
  env: NodeJS.ProcessEnv,
  onLine: (name: string, line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const child = spawn(process.execPath, [join(projectRoot, 'infra/src/setup/main.ts')], {
    cwd: projectRoot,
    env,
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    const lines = splitLines((line) => {
      said.push(line);
      onLine('setup', line);
    });
    stream.setEncoding('utf8').on('data', (text: string) => lines.push(text));
    stream.once('end', () => lines.flush());
  }
  const [code, endSignal] = await once(child, 'close');
  if (code !== 0) throw new Error(`setup ended with ${code ?? endSignal}:\n${said.slice(-10).join('\n')}`);
}
