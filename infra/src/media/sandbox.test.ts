import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { confine } from './sandbox.ts';
import { scratchDir, testMedia } from './testkit/test-media.ts';

const run = promisify(execFile);
const inner = { command: '/usr/bin/ffprobe', args: ['-v', 'error', '/data/source'] };

describe('the sandbox', () => {
  it('binds the source alone, has no network, no capabilities and no other process, and dies with its parent', () => {
    const { command, args } = confine(
      inner,
      { sandbox: 'bubblewrap', readOnlyPaths: ['/data/source'], writableDir: '/data/out' },
      null,
    );
    expect(command).toBe('bwrap');
    expect(args).toEqual(expect.arrayContaining(['--unshare-all', '--die-with-parent', '--cap-drop']));
    const binds = args.flatMap((arg, index) => (arg === '--bind' ? [args[index + 1]] : []));
    const reads = args.flatMap((arg, index) => (arg === '--ro-bind' ? [args[index + 1]] : []));
    expect(binds).toEqual(['/data/out']);
    expect(reads).toEqual(['/data/source']);
    expect(args.slice(args.indexOf('--') + 1)).toEqual(['/usr/bin/ffprobe', '-v', 'error', '/data/source']);
  });

  it('binds the folder of a program that lies outside of the system', () => {
    const own = { command: '/opt/ffmpeg/bin/ffmpeg', args: [] };
    const { args } = confine(own, { sandbox: 'bubblewrap', readOnlyPaths: [] }, null);
    expect(args.join(' ')).toContain('--ro-bind /opt/ffmpeg/bin /opt/ffmpeg/bin');
  });

  it('passes the command through when it is off, but for the signal at the death of the parent', () => {
    expect(confine(inner, { sandbox: 'none', readOnlyPaths: [] }, null)).toEqual(inner);
    expect(confine(inner, { sandbox: 'none', readOnlyPaths: [] }, '/usr/bin/setpriv')).toEqual({
      command: '/usr/bin/setpriv',
      args: ['--pdeathsig', 'KILL', '--', '/usr/bin/ffprobe', '-v', 'error', '/data/source'],
    });
  });
});

describe.runIf(testMedia.sandbox === 'bubblewrap')('inside the sandbox', () => {
  const dir = scratchDir();
  const sh = (script: string, readOnlyPaths: string[] = []) => {
    const limits = { sandbox: 'bubblewrap' as const, readOnlyPaths };
    const { command, args } = confine({ command: '/usr/bin/sh', args: ['-c', script] }, limits, null);
    return run(command, args);
  };

  it('a neighbour of the source cannot be read', async () => {
    await writeFile(join(dir, 'source'), 'mine');
    await writeFile(join(dir, 'secret'), 'yours');
    await expect(sh(`cat ${dir}/source`, [join(dir, 'source')])).resolves.toMatchObject({ stdout: 'mine' });
    await expect(sh(`cat ${dir}/secret`, [join(dir, 'source')])).rejects.toThrow(/No such file/);
    await expect(sh('cat /etc/passwd')).rejects.toThrow(/No such file/);
  });

  it('the source cannot be written', async () => {
    await expect(sh(`echo more >> ${dir}/source`, [join(dir, 'source')])).rejects.toThrow(/Read-only/);
  });
});
