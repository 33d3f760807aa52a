import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { finishTask, inTransaction, renewLease } from '@streamflix/infra/work';
import type { HandsOptions, Held } from './hands.ts';
import { openPorts } from './ports.ts';

const { databaseUrl, poolSize, taskMs, leaseMs } = workerData as HandsOptions;
const ports = openPorts(databaseUrl, poolSize);

async function workOn({ worker, claim }: Held): Promise<void> {
  // Some are short and some long: workers that took turns by one clock would come in crowds, and in the same ones for ever.
  const halfMs = taskMs * (0.25 + Math.random() / 2);
  await delay(halfMs);
  await renewLease(ports.database, claim, leaseMs);
  await delay(halfMs);
  await inTransaction(ports, (unit) => finishTask(unit, claim, { objects: [] }, worker));
  parentPort?.postMessage(worker);
}

parentPort?.on('message', (held: Held) => void workOn(held));
