import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { exceededLimitOf, limitCommand, ordinarySlot, shareProcessors, withThreads } from './limits.ts';
import { runProcess } from './process.ts';
import { neverAborted, scratchDir, testMedia } from './testkit/test-media.ts';
import { runTool } from './tool.ts';

vi.setConfig({ testTimeout: 60_000 });

const mebibyte = 1024 ** 2;
const dir = scratchDir();

describe('the processors of a machine', () => {
  it('are shared out: no slot without a thread, and none kept to what is another’s', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 128 }), fc.integer({ min: 1, max: 32 }), (cpus, slots) => {
        const { threads, cpuLists } = shareProcessors(cpus, slots);
        expect(threads * slots).toBeGreaterThanOrEqual(cpus);
        expect((threads - 1) * slots).toBeLessThan(cpus);
        const taken = cpuLists.flatMap((list) => {
          const [first = Number.NaN, last = first] = (list ?? '').split('-').filter(Boolean).map(Number);
          return list === null ? [] : Array.from({ length: last - first + 1 }, (_, at) => first + at);
        });
        expect(new Set(taken).size).toBe(taken.length);
        expect(taken.every((cpu) => cpu >= 0 && cpu < cpus)).toBe(true);
        if (slots <= cpus) expect(taken).toHaveLength(cpus);
      }),
    );
  });
});

it('every decoder and encoder of a command is told its threads', () => {
  expect(withThreads(['-i', 'a', '-i', 'b', '-map', 'v', '-c:v', 'libx264', 'out'], 2).join(' ')).toBe(
    '-filter_threads 2 -filter_complex_threads 2 -threads 2 -i a -threads 2 -i b -map v -threads 2 -c:v libx264 out',
  );
});

it('an encoder that was told its threads keeps them, whatever the slot has', () => {
  expect(withThreads(['-i', 'a', '-threads', '3', '-c:v', 'libx264', 'out'], 8).slice(4).join(' ')).toBe(
    '-threads 8 -i a -threads 3 -c:v libx264 out',
  );
});

describe('a limit', () => {
  it('is put around the program, and the processors around that', () => {
    const limits = { ...ordinarySlot, memoryBytes: 1000, outputBytes: 500, cpuSeconds: 60, cpuList: '0-1', isAlone: true };
    const wrappers = { prlimitPath: '/p', tasksetPath: '/t' };
    expect(limitCommand({ command: 'ffmpeg', args: ['-i', 'x'] }, limits, wrappers)).toEqual({
      command: '/p',
      args: [
        ...['--data=1000', '--fsize=500', '--cpu=60:65', '--nofile=256', '--core=0', '--nproc=512'],
        ...['/t', '-c', '0-1', 'ffmpeg', '-i', 'x'],
      ],
    });
  });

  it.each([
    [{ exitCode: 152, exitSignal: null, stderr: [] }, 'cpu'],
    [{ exitCode: null, exitSignal: 'SIGXCPU', stderr: [] }, 'cpu'],
    [{ exitCode: 123, exitSignal: null, stderr: ['Received > 3 system signals, hard exiting'] }, 'cpu'],
    [{ exitCode: 153, exitSignal: null, stderr: [] }, 'output'],
    [{ exitCode: 1, exitSignal: null, stderr: ['x264 [error]: malloc of size 44329344 failed'] }, 'memory'],
    [{ exitCode: 1, exitSignal: null, stderr: ['Error while filtering: Cannot allocate memory'] }, 'memory'],
    [{ exitCode: 1, exitSignal: null, stderr: ['Invalid data found'] }, null],
  ] as const)('that ends a child so: %j is that of %s', (end, limit) => {
    expect(exceededLimitOf(end)).toBe(limit);
  });
});

describe.each([testMedia.sandbox, 'none'] as const)('a child of ffmpeg (%s)', (sandbox) => {
  const slot = { ...ordinarySlot, threads: 1 };
  const encode = (args: string[], more: Partial<typeof slot>, timeLimitMs = 30_000) =>
    runTool({ ...testMedia, sandbox, slot: { ...slot, ...more } }, 'ffmpeg', {
      args: ['-v', 'error', '-nostdin', '-y', '-f', 'lavfi', ...args],
      ...{ readOnlyPaths: [], writableDir: dir, signal: neverAborted, stallMs: 30_000, timeLimitMs },
    });

  it('that takes more memory than its slot has is refused it', async () => {
    const large = ['-i', 'testsrc2=size=7680x4320:duration=2', '-c:v', 'libx264', '-f', 'null', '-'];
    await expect(encode(large, { memoryBytes: 300 * mebibyte })).rejects.toMatchObject({ exceeded: 'memory' });
  });

  it('that writes a larger file than its slot may is ended', async () => {
    const raw = ['-i', 'testsrc2=size=1280x720:duration=10', '-c:v', 'rawvideo', '-f', 'rawvideo', join(dir, 'raw')];
    await expect(encode(raw, { outputBytes: mebibyte })).rejects.toMatchObject({ exceeded: 'output' });
  });

  it('within its limits ends well, and tells its peak', async () => {
    const end = await encode(['-i', 'testsrc2=duration=2', '-c:v', 'libx264', join(dir, 'small.mp4')], {});
    expect(end.peakMemoryBytes).toBeGreaterThanOrEqual(0);
  });
});

it('memory that the kernel does not count to one program is counted over all that it starts', async () => {
  const hog = join(dir, 'hog.mjs');
  await writeFile(
    hog,
    "const held = Array.from({ length: 20 }, () => Buffer.alloc(10 * 1024 ** 2, 1)); console.log('up'); setInterval(() => held, 1000);",
  );
  const run = runProcess({
    ...{ program: 'sh', command: 'sh', args: ['-c', `${process.execPath} ${hog} & ${process.execPath} ${hog} & wait`] },
    ...{ signal: neverAborted, stallMs: 30_000, timeLimitMs: 30_000, memoryBytes: 350 * mebibyte },
  });
  await expect(run).rejects.toMatchObject({ exceeded: 'memory' });
});

it('processor time is counted by the kernel, also when nobody watches', async () => {
  const limits = { ...ordinarySlot, cpuSeconds: 1, isAlone: false };
  const busy = { command: 'sh', args: ['-c', 'while :; do :; done'] };
  const command = limitCommand(busy, limits, { prlimitPath: 'prlimit', tasksetPath: null });
  const run = runProcess({ program: 'sh', ...command, signal: neverAborted, stallMs: 50_000, timeLimitMs: 55_000 });
  await expect(run).rejects.toMatchObject({ exceeded: 'cpu' });
});
