import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { errorCode } from './files.ts';

/** Below the range the kernel lends to outgoing connections, so that a stopped server finds its port free when it is restarted. */
const lowestPort = 20_000;
const highestPort = 32_000;

/** Nobody serves on it: a port is marked here as found while whoever asked for it has not yet opened it. */
const markAddress = '127.0.0.2';

/** Free ones that no other process finds too, as long as this one lives. */
export async function findFreePorts<Name extends string>(names: readonly Name[]): Promise<Record<Name, number>> {
  const found: [Name, number][] = [];
  for (const name of names) {
    let port = randomInt(lowestPort, highestPort);
    while (!(await mark(port)) || !(await isPortFree(port))) port = randomInt(lowestPort, highestPort);
    found.push([name, port]);
  }
  return Object.fromEntries(found) as Record<Name, number>;
}

export async function isPortFree(port: number): Promise<boolean> {
  const server = await listen(port, '127.0.0.1');
  if (server === undefined) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/** False when a process has marked it already. The mark goes with its process. */
export async function mark(port: number, address = markAddress): Promise<boolean> {
  const server = await listen(port, address);
  server?.unref();
  return server !== undefined;
}

/** Undefined when somebody listens there; what else goes wrong is thrown, for then no other port would be free either. */
function listen(port: number, host: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => (errorCode(error) === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}
