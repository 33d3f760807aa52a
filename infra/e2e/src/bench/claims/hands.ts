import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Claim } from '@streamflix/infra/work';

export interface HandsOptions {
  databaseUrl: string;
  poolSize: number;
  /** How long each works on a task, on average: from half of it to half more. */
  taskMs: number;
  leaseMs: number;
}

/** What is said to the thread, and what it answers with when the task is done. */
export interface Held {
  worker: string;
  claim: Claim;
}

/** Works on what was claimed, in a thread of its own: what is done there does not make a claim look slow. */
export interface Hands extends AsyncDisposable {
  /** Renews the lease half way, finishes the task. */
  workOn(held: Held): Promise<void>;
}

export async function startHands(options: HandsOptions): Promise<Hands> {
  const thread = new Worker(new URL('./hands-thread.ts', import.meta.url), { workerData: options });
  const busy = new Map<string, PromiseWithResolvers<void>>();
  thread.on('message', (worker: string) => {
    busy.get(worker)?.resolve();
    busy.delete(worker);
  });
  thread.on('error', (error) => {
    for (const { reject } of busy.values()) reject(error);
  });
  await once(thread, 'online');
  return {
    workOn(held) {
      const done = Promise.withResolvers<void>();
      busy.set(held.worker, done);
      thread.postMessage(held);
      return done.promise;
    },
    [Symbol.asyncDispose]: async () => void (await thread.terminate()),
  };
}
