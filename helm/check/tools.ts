import { spawn } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export const repository = join(import.meta.dirname, '../..');
const cache = join(repository, '.local/cache');

/** A finding, in words for a person; anything else that is thrown is a bug of the check. */
export class CheckFault extends Error {}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

export type Outcome = { code: number; stdout: string; stderr: string };

/** Runs a program to its end. Only a program that is not there throws. */
export function run(
  command: string,
  args: readonly string[],
  options: { stdin?: string; env?: Record<string, string> } = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: repository, env: { ...process.env, ...options.env } });
    const outcome: Outcome = { code: 1, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      outcome.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      outcome.stderr += text;
    });
    child.on('error', (cause) => reject(new CheckFault(`${command} is needed and cannot be started`, { cause })));
    child.on('close', (code) => resolve({ ...outcome, code: code ?? 1 }));
    // A program that refuses early closes its end; its exit code says why.
    child.stdin.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') reject(error);
    });
    child.stdin.end(options.stdin ?? '');
  });
}

/** As `run`, but a failure is a finding. Returns the standard output. */
export async function mustRun(
  command: string,
  args: readonly string[],
  options: Parameters<typeof run>[2] = {},
): Promise<string> {
  const outcome = await run(command, args, options);
  if (outcome.code !== 0) {
    throw new CheckFault(`${command} ${args.join(' ')} ended with ${outcome.code}\n${outcome.stdout}${outcome.stderr}`);
  }
  return outcome.stdout;
}

/**
 * The folder `name` of the cache, filled by `fill` when it is not there. It appears whole or not at all, so that a killed run leaves
 * nothing half done and of several runs at once the first to finish wins.
 */
export async function cached(name: string, fill: (dir: string) => Promise<void>): Promise<string> {
  const dir = join(cache, name);
  if (await exists(dir)) return dir;
  await mkdir(dirname(dir), { recursive: true });
  const draft = await mkdtemp(`${dir}.tmp-`);
  try {
    await fill(draft);
    await rename(draft, dir);
  } catch (error) {
    if (!(await exists(dir))) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return dir;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The path of a Go program of exactly this version, built when it is not in the cache. */
export async function installGoTool(path: string, version: string): Promise<string> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dir = await cached(`bin/${name}-${version}`, async (draft) => {
    say(`helm: building ${name} ${version}`);
    const { GOFLAGS: ownFlags = '' } = process.env;
    const GOFLAGS = `${ownFlags} -p=2`.trim();
    await mustRun('go', ['install', '-ldflags=-s -w', `${path}@${version}`], {
      env: { GOBIN: draft, GOFLAGS, CGO_ENABLED: '0' },
    });
  });
  return join(dir, name);
}

/** The unpacked folder of one Go module, without what it depends on. */
export async function downloadGoModule(module: string): Promise<string> {
  const answer: { Dir: string } = JSON.parse(await mustRun('go', ['mod', 'download', '-json', module]));
  return answer.Dir;
}
