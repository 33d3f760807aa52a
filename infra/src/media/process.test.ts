import { StreamflixError } from '@streamflix/contracts';
import { describe, expect, it, vi } from 'vitest';
import { ProcessFailure, type ProcessRun, runProcess } from './process.ts';
import { neverAborted, processesNaming } from './testkit/test-media.ts';

const shell = (script: string, more: Partial<ProcessRun> = {}) =>
  runProcess({
    program: 'sh',
    command: 'sh',
    args: ['-c', script],
    signal: neverAborted,
    stallMs: 10_000,
    timeLimitMs: 20_000,
    ...more,
  });

describe('a child process', () => {
  it('gives its lines as they come, also an unfinished last one', async () => {
    const lines: string[] = [];
    await shell('echo one; printf two', { onStdoutLine: (line) => lines.push(line) });
    expect(lines).toEqual(['one', 'two']);
  });

  it('that fails tells its exit code, its last words and what to type to see it again', async () => {
    const failure = await shell("echo 'it is broken' >&2; exit 7").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProcessFailure);
    expect(failure).toMatchObject({ exitCode: 7, exitSignal: null, stderr: ['it is broken'] });
    expect((failure as ProcessFailure).commandLine).toBe(`sh -c 'echo '\\''it is broken'\\'' >&2; exit 7'`);
  });

  it('that does not exist fails like any other', async () => {
    await expect(shell('', { command: '/nowhere/ffmpeg' })).rejects.toMatchObject({
      name: 'ProcessFailure',
      stderr: [expect.stringContaining('ENOENT')],
    });
  });

  it('may write any amount of complaints: the last ones are kept and it never blocks', async () => {
    const { stderr } = await shell('seq 1 200000 >&2');
    expect(stderr).toHaveLength(200);
    expect(stderr.at(-1)).toBe('200000');
  });

  it('has no stdin to wait on and none of our secrets', async () => {
    vi.stubEnv('DATABASE_URL', 'postgres://secret');
    const lines: string[] = [];
    await shell('cat; env', { onStdoutLine: (line) => lines.push(line) });
    expect(lines.join('\n')).toContain('PATH=');
    expect(lines.join('\n')).not.toContain('secret');
    vi.unstubAllEnvs();
  });

  it('that is aborted is gone with its children before the reason is thrown, even if it ignores SIGTERM', async () => {
    const mark = `mark-${process.pid}-abort`;
    const abort = new AbortController();
    const run = shell(
      `trap '' TERM; echo up; sh -c 'trap "" TERM; while :; do sleep 0.1; done' ${mark} & wait; sleep 60 # ${mark}`,
      {
        signal: abort.signal,
        onStdoutLine: () => abort.abort(new StreamflixError('JOB_CANCELLED')),
      },
    );
    await expect(run).rejects.toMatchObject({ code: 'JOB_CANCELLED' });
    expect(await processesNaming(mark)).toEqual([]);
  });

  it('is not started when the signal is aborted already', async () => {
    await expect(shell('exit 0', { signal: AbortSignal.abort(new StreamflixError('LEASE_LOST')) })).rejects.toMatchObject({
      code: 'LEASE_LOST',
    });
  });

  it('without progress is stopped as stalled, however much it says', async () => {
    const run = shell('while :; do echo frame=1; sleep 0.05; done', { stallMs: 300, isProgress: () => false });
    await expect(run).rejects.toMatchObject({ code: 'ENCODER_STALLED', message: expect.stringContaining('no progress') });
  });

  it('with progress is not stalled, but ends at its time limit', async () => {
    const startedAt = performance.now();
    const run = shell('while :; do echo frame; sleep 0.05; done', { stallMs: 600, timeLimitMs: 1500 });
    await expect(run).rejects.toMatchObject({ code: 'ENCODER_STALLED', message: expect.stringContaining('did not end') });
    expect(performance.now() - startedAt).toBeGreaterThan(1400);
  });

  it('that is stopped by SIGSTOP can still be ended', async () => {
    const abort = new AbortController();
    const started = Promise.withResolvers<number>();
    const run = shell('echo $$; sleep 60', { signal: abort.signal, onStdoutLine: (line) => started.resolve(Number(line)) });
    const ended = expect(run).rejects.toThrow('enough');
    const pid = await started.promise;
    process.kill(pid, 'SIGSTOP');
    abort.abort(new Error('enough'));
    await ended;
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
