import { describe, expect, it, vi } from 'vitest';
import { type ProcessRun, runProcess } from './process.ts';
import { neverAborted } from './testkit/test-media.ts';

vi.setConfig({ testTimeout: 60_000 });

const shell = (script: string, more: Partial<ProcessRun> = {}) =>
  runProcess({
    ...{ program: 'sh', command: 'sh', args: ['-c', script], signal: neverAborted },
    ...{ stallMs: 800, timeLimitMs: 30_000, isProgress: () => false, ...more },
  });

const busy = 'i=0; while [ $i -lt 2000000 ]; do i=$((i + 1)); done';

describe('a child that shows no progress', () => {
  it('and does nothing is stalled', async () => {
    await expect(shell('sleep 60')).rejects.toMatchObject({ code: 'ENCODER_STALLED', details: { busy: false } });
  });

  it('and was stopped in the middle of its work is stalled', async () => {
    const run = shell(`echo $$; ${busy}; ${busy}; ${busy}; ${busy}`, {
      onStdoutLine: (pid) => process.kill(Number(pid), 'SIGSTOP'),
    });
    await expect(run).rejects.toMatchObject({ code: 'ENCODER_STALLED', details: { busy: false } });
  });

  it('but computes for longer than that ends well', async () => {
    await expect(shell(busy, { stallMs: 300, busyStallMs: 30_000 })).resolves.toBeDefined();
  });

  it('and computes without end is stopped too, and it is said that it was busy', async () => {
    const run = shell('while :; do :; done', { busyStallMs: 1_500 });
    await expect(run).rejects.toMatchObject({ code: 'ENCODER_STALLED', details: { busy: true } });
  });

  it('but has only its file to finish is waited for', async () => {
    await expect(shell('sleep 2', { stallMs: 300, isFinalising: () => true })).resolves.toBeDefined();
  });
});
