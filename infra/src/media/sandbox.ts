import { dirname } from 'node:path';

export interface Command {
  command: string;
  args: string[];
}

export interface SandboxLimits {
  sandbox: 'bubblewrap' | 'none';
  /** The program that is to run, where a wrapper runs it; else the command itself. */
  program?: string;
  /** Files the child may read, beside the system's libraries. */
  readOnlyPaths: readonly string[];
  /** Device nodes it may open, beside those of every system. */
  devices?: readonly string[];
  /** The one folder it may write to. */
  writableDir?: string;
}

/** What a dynamically linked program of the distribution needs; /etc/alternatives resolves some libraries on Debian. */
const systemPaths = [
  '/usr',
  '/lib',
  '/lib32',
  '/lib64',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/alternatives',
];

/** A parent that dies takes the child with it, also when nobody can send a signal any more. */
const dieWithParent = ({ command, args }: Command, setprivPath: string | null): Command =>
  setprivPath === null ? { command, args } : { command: setprivPath, args: ['--pdeathsig', 'KILL', '--', command, ...args] };

function bubblewrap(
  { command, args }: Command,
  { program = command, readOnlyPaths, devices = [], writableDir }: SandboxLimits,
): Command {
  const bindReadOnly = (path: string): string[] => ['--ro-bind', path, path];
  // The program itself may lie outside the system's folders (an npm package, a build of one's own).
  const own = program.startsWith('/') && !program.startsWith('/usr/') ? bindReadOnly(dirname(program)) : [];
  return {
    command: 'bwrap',
    args: [
      '--unshare-all',
      '--die-with-parent',
      ...['--cap-drop', 'ALL'],
      ...systemPaths.flatMap((path) => ['--ro-bind-try', path, path]),
      ...['--dev', '/dev'],
      ...devices.flatMap((path) => ['--dev-bind-try', path, path]),
      // Drivers look their devices up there.
      ...(devices.length === 0 ? [] : ['--ro-bind-try', '/sys', '/sys']),
      ...['--tmpfs', '/tmp'],
      ...own,
      ...readOnlyPaths.flatMap(bindReadOnly),
      ...(writableDir === undefined ? ['--chdir', '/'] : ['--bind', writableDir, writableDir, '--chdir', writableDir]),
      '--',
      command,
      ...args,
    ],
  };
}

/**
 * The command that runs `inner` shut in: no network, no processes but its own, no capabilities, nothing to read but the system's libraries
 * and the given files, one folder to write to. With `none` it passes through, but still dies with its parent where setpriv exists.
 */
export const confine = (inner: Command, limits: SandboxLimits, setprivPath: string | null): Command =>
  limits.sandbox === 'bubblewrap' ? bubblewrap(inner, limits) : dieWithParent(inner, setprivPath);
