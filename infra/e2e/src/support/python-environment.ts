import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../run/step.ts';

function mustRun(command: string, args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}

/** The programs of a virtual environment that holds exactly these packages; made once, and anew when they change. */
export function pythonEnvironment(name: string, requirements: readonly string[]): string {
  const dir = join(projectDir, '.local/cache', name);
  const bin = join(dir, 'bin');
  const note = join(dir, 'requirements.txt');
  // Its programs name this folder: one that was moved here does not run.
  const wanted = `# ${dir}\n${requirements.join('\n')}\n`;
  // Written last: without it the environment is half made.
  if (existsSync(note) && readFileSync(note, 'utf8') === wanted) return bin;
  mustRun('python3', ['-m', 'venv', '--clear', dir]);
  mustRun(join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', ...requirements]);
  writeFileSync(note, wanted);
  return bin;
}
