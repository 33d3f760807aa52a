import { connect } from 'node:net';
import { lastLines } from './files.ts';
import type { StackPaths } from './paths.ts';
import { isRunning } from './process-identity.ts';
import { findRunning, launchServer, logFile } from './server-process.ts';
import type { LocalServer } from './servers/local-server.ts';
import { loopback } from './servers/local-server.ts';
import { quietly, type Step } from './step.ts';
import { Hopeless, waitUntil } from './wait-until.ts';

const readyTimeoutMs = 120_000;

/** Starts the server unless it runs already; comes back when it answers and holds what it must hold. */
export async function runServer(paths: StackPaths, server: LocalServer<string>, step: Step = quietly): Promise<void> {
  if ((await findRunning(paths, server.name)) !== undefined) {
    await becomeReady(paths, server, step);
    return;
  }
  try {
    await launchAndWait(paths, server, step);
  } catch (error) {
    // What ended by itself gets one more start: a port taken in between, a file system without extended attributes.
    if (step.signal?.aborted || (await findRunning(paths, server.name)) !== undefined) throw error;
    await launchAndWait(paths, server, step);
  }
}

async function launchAndWait(paths: StackPaths, server: LocalServer<string>, step: Step): Promise<void> {
  await launchServer(paths, server.name, await server.prepare(step));
  await becomeReady(paths, server, step);
}

async function becomeReady(paths: StackPaths, server: LocalServer<string>, { signal }: Step): Promise<void> {
  const identity = await findRunning(paths, server.name);
  await waitUntil(`${server.name} did not get ready`, readyTimeoutMs, async () => {
    if (signal?.aborted) throw new Hopeless(`${server.name} was not waited for`);
    if (identity === undefined || !isRunning(identity)) {
      const log = logFile(paths, server.name);
      throw new Hopeless(`${server.name} ended by itself; the end of ${log}:\n${await lastLines(log, 15)}`);
    }
    await requireOpenPort(server.port);
    await server.probe();
  });
  await server.settle?.();
}

/** Cheap, and asked first: clients of Kafka and S3 take hundreds of milliseconds to find out the same. */
function requireOpenPort(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: loopback, port, timeout: 1_000 }, () => {
      socket.destroy();
      resolve();
    });
    socket.once('timeout', () => socket.destroy(new Error(`port ${port} does not answer`)));
    socket.once('error', reject);
  });
}

export async function answersOnPort(port: number): Promise<boolean> {
  try {
    await requireOpenPort(port);
    return true;
  } catch {
    return false;
  }
}
