import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { identifyProcess } from './process-identity.ts';
import { SupervisedProcess } from './supervised-process.ts';

let dir = '';
let supervised: SupervisedProcess | undefined;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'supervised-'));
});
afterEach(async () => {
  await supervised?.stop(0);
  await rm(dir, { recursive: true, force: true });
});

async function run(script: string): Promise<{ it: SupervisedProcess; lines: string[] }> {
  const scriptPath = join(dir, 'script.mjs');
  await writeFile(scriptPath, script);
  const lines: string[] = [];
  const it = new SupervisedProcess({ name: 'it', scriptPath, env: process.env, prefix: [], onLine: (line) => lines.push(line) });
  supervised = it;
  it.start();
  return { it, lines };
}

const within = { timeout: 10_000, interval: 20 };
const idle = 'setInterval(() => {}, 1000);';

test('a killed process is started again, with another pid', async () => {
  const { it, lines } = await run(`console.log('up'); ${idle}`);
  await vi.waitFor(() => expect(lines).toContain('up'), within);
  const first = it.pid;
  process.kill(first ?? 0, 'SIGKILL');
  await vi.waitFor(() => expect(lines.filter((line) => line === 'up')).toHaveLength(2), within);
  expect(it.pid).not.toBe(first);
  expect(it.exits).toBe(1);
  expect(lines).toContain('ended (SIGKILL); starting it again in 0.5 s');
});

test('a process that ends on SIGTERM is stopped cleanly and stays down', async () => {
  const { it, lines } = await run(
    `process.on('SIGTERM', () => { console.log('bye'); process.exit(0); }); console.log('up'); ${idle}`,
  );
  await vi.waitFor(() => expect(lines).toContain('up'), within);
  expect(await it.stop(10_000)).toBe(true);
  expect(it.pid).toBeUndefined();
  await vi.waitFor(() => expect(lines).toContain('bye'), within);
});

test('a process that ignores SIGTERM is killed after the grace time, with what it started', async () => {
  const { it, lines } = await run(`
    import { spawn } from 'node:child_process';
    process.on('SIGTERM', () => {});
    console.log(spawn('sleep', ['300']).pid);
    ${idle}`);
  await vi.waitFor(() => expect(lines).toHaveLength(1), within);
  const grandchildPid = Number(lines[0]);
  expect(identifyProcess(grandchildPid)).toBeDefined();
  expect(await it.stop(50)).toBe(false);
  await vi.waitFor(() => expect(identifyProcess(grandchildPid)).toBeUndefined(), within);
});

test('a frozen process can be stopped', async () => {
  const { it, lines } = await run(`process.on('SIGTERM', () => process.exit(0)); console.log('up'); ${idle}`);
  await vi.waitFor(() => expect(lines).toContain('up'), within);
  process.kill(it.pid ?? 0, 'SIGSTOP');
  expect(await it.stop(10_000)).toBe(true);
});

test('a stop during the pause before a restart does not wait for the pause', async () => {
  const { it, lines } = await run('process.exit(3);');
  await vi.waitFor(() => expect(lines).toContain('ended (exit code 3); starting it again in 4 s'), within);
  const startedMs = performance.now();
  await it.stop(10_000);
  expect(performance.now() - startedMs).toBeLessThan(3_000);
});
