import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { findFreePorts, isPortFree, mark } from './ports.ts';

test('the ports are free, different, and below those the kernel lends to outgoing connections', async () => {
  const ports = Object.values(await findFreePorts(['a', 'b', 'c', 'd']));
  expect(new Set(ports).size).toBe(4);
  for (const port of ports) {
    expect(port).toBeLessThan(32_768);
    expect(await isPortFree(port)).toBe(true);
  }
});

test('a port somebody listens on is not free', async () => {
  const { taken } = await findFreePorts(['taken']);
  const server = createServer().listen(taken, '127.0.0.1');
  await once(server, 'listening');
  expect(await isPortFree(taken)).toBe(false);
  server.close();
});

test('a port that was found and not opened yet is not found again, by whichever process', async () => {
  const { port } = await findFreePorts(['port']);
  expect(await mark(port)).toBe(false);
  expect(await isPortFree(port)).toBe(true);
});

test('where ports cannot be marked at all, that is said instead of looking for ever', async () => {
  await expect(mark(20_000, '192.0.2.1')).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
});
