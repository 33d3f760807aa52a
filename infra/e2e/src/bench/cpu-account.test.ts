import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { openCpuAccount, SampledAccount } from './cpu-account.ts';

const accounts = [
  ['as it is done here', () => openCpuAccount('test')],
  ['by samples', () => new SampledAccount()],
] as const;

test.skipIf(process.platform !== 'linux').each(accounts)(
  'the time of a grandchild that has ended is counted, %s',
  async (_, open) => {
    const account = open();
    const grandchild = 'i=0; while [ \\$i -lt 400000 ]; do i=\\$((i+1)); done; read end';
    const script = `exec 3<&0; read go; sh -c "${grandchild}" <&3 & wait; read end`;
    const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'inherit'] });
    const ended = once(child, 'exit');
    try {
      account.add(child.pid === undefined ? [] : [child.pid]);
      expect(account.pids()).toContain(child.pid);
      expect(account.seconds()).toBeLessThan(0.1);
      child.stdin.write('go\n');
      await expect.poll(() => account.pids().length, { timeout: 20_000 }).toBeGreaterThan(1);
      await expect.poll(() => account.seconds(), { timeout: 20_000 }).toBeGreaterThan(0.1);
      child.stdin.write('end\n');
      await expect.poll(() => account.pids().length, { timeout: 20_000 }).toBe(1);
      expect(account.seconds()).toBeGreaterThan(0.1);
    } finally {
      child.stdin.end();
      await ended;
      await account.close();
    }
  },
);
