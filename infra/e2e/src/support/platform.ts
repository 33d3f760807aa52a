import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Supervisor, supervise } from '@streamflix/infra/local';
import { requireEnv } from './environment.ts';

export interface RunningPlatform extends Supervisor {
  lines(): { name: string; line: string }[];
}

export const everyProcess = ['ingest', 'probe', 'encode', 'package', 'notify', 'sweep', 'gateway'];

/** Starts processes of the platform as an orchestrator would, each on its own; restarts what ends. Resolves when all are ready. */
export async function startPlatform(
  testName: string,
  {
    names = everyProcess,
    env = {},
    extraEnv = {},
  }: { names?: string[]; env?: Record<string, string>; extraEnv?: Record<string, Record<string, string>> } = {},
): Promise<RunningPlatform> {
  const logDir = join(requireEnv('TEST_STACK_DIR'), 'logs');
  mkdirSync(logDir, { recursive: true });
  const log = createWriteStream(join(logDir, `${testName}.log`), { flags: 'a' });
  const seen: { name: string; line: string }[] = [];
  const platform = await supervise({
    names,
    env: { ...process.env, ...env },
    extraEnv,
    onLine: (name, line) => {
      seen.push({ name, line });
      log.write(`${name} ${line}\n`);
    },
  });
  await platform.ready;
  return Object.assign(platform, { lines: () => seen });
}
