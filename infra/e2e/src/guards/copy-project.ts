import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { projectDir } from '../run/step.ts';

/** The project's files in a folder of their own, with what is installed and cached beside them; its packages mean one another there. */
export function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), 'streamflix-guards-'));
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: projectDir });
  for (const path of listed.toString().split('\0')) {
    if (path === '' || !existsSync(join(projectDir, path))) continue;
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(projectDir, path), join(copy, path));
  }
  linkModules(copy);
  mkdirSync(join(copy, '.local'), { recursive: true });
  symlinkSync(join(projectDir, '.local/cache'), join(copy, '.local/cache'));
  return copy;
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly link?: boolean; readonly resolved?: string }>>;
}

function linkModules(copy: string): void {
  const { packages } = JSON.parse(readFileSync(join(projectDir, 'package-lock.json'), 'utf8')) as Lock;
  const modules = join(copy, 'node_modules');
  const ours = Object.entries(packages).filter(([, { link }]) => link === true);
  const scopes = new Set(ours.map(([path]) => relative('node_modules', dirname(path))));
  mkdirSync(modules);
  for (const name of readdirSync(join(projectDir, 'node_modules')))
    if (!scopes.has(name)) symlinkSync(join(projectDir, 'node_modules', name), join(modules, name));
  for (const [path, { resolved = '' }] of ours) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    symlinkSync(join(copy, resolved), join(copy, path));
    const nested = join(projectDir, resolved, 'node_modules');
    if (existsSync(nested)) symlinkSync(nested, join(copy, resolved, 'node_modules'));
  }
}
