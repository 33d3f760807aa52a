import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range the kernel lends to outgoing connections, so that a stopped server finds its port free when it is restarted. */
const lowestPort = 20_000;
const highestPort = 32_000;

export async function findFreePorts<Name extends string>(names: readonly Name[]): Promise<Record<Name, number>> {
  const taken = new Set<number>();
  const found: [Name, number][] = [];
  for (const name of names) {
    let port = randomInt(lowestPort, highestPort);
    while (taken.has(port) || !(await isPortFree(port))) port = randomInt(lowestPort, highestPort);
    taken.add(port);
    found.push([name, port]);
  }
  return Object.fromEntries(found) as Record<Name, number>;
}

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
