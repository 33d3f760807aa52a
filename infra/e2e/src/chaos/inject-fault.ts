import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startServer, stopServer } from '@streamflix/infra/local';
import { Redis } from 'ioredis';
import { askIndependentClient } from '../support/independent-client.ts';
import type { ChaosStack, ProxiedServer } from './chaos-stack.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { Fault } from './plan-faults.ts';

type Inject = (stack: ChaosStack, fault: Fault) => Promise<string | undefined>;

const hold = ({ holdSeconds }: Fault) => delay(holdSeconds * 1000);

function signalProcess({ processes }: ChaosStack, { target }: Fault, signal: NodeJS.Signals): number | undefined {
  const pid = processes.pidOf(target);
  if (pid !== undefined) process.kill(pid, signal);
  return pid;
}

/** The process may have been ended by something else meanwhile. */
function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function restartServer({ stackDir }: ChaosStack, fault: Fault, server: 'redis' | 'postgres', signal?: NodeJS.Signals) {
  await stopServer(stackDir, server, signal);
  await hold(fault);
  await startServer(stackDir, server);
}

const withProxy =
  (spoil: (proxy: ChaosStack['proxy'], name: ProxiedServer, fault: Fault) => Promise<void>): Inject =>
  async ({ proxy }, fault) => {
    const name = fault.target as ProxiedServer;
    await spoil(proxy, name, fault);
    await hold(fault);
    await proxy.heal(name);
    return undefined;
  };

const disturb =
  (how: 'duplicate' | 'reorder' | 'corrupt'): Inject =>
  async ({ env }, { target, amount, seed }) => {
    const clientEnv = { ...process.env, ...env };
    const sent = await askIndependentClient(['disturb', how, target, String(amount), String(seed)], { env: clientEnv });
    return `${sent.trim()} messages`;
  };

/** How each kind of fault is done and, where it lasts, undone. An answer is a remark for the log. */
const injections: Readonly<Record<FaultKind, Inject>> = {
  kill: async (stack, fault) => (signalProcess(stack, fault, 'SIGKILL') === undefined ? 'it was down already' : undefined),
  freeze: async (stack, fault) => {
    const pid = signalProcess(stack, fault, 'SIGSTOP');
    if (pid === undefined) return 'it was down already';
    await hold(fault);
    signalIfThere(pid, 'SIGCONT');
    return undefined;
  },
  'skew-clock': async ({ clockFileOf }, fault) => {
    writeFileSync(clockFileOf(fault.target), String(fault.amount * 60_000));
    await hold(fault);
    rmSync(clockFileOf(fault.target), { force: true });
    return `${fault.amount} minutes`;
  },
  'kill-broker': async ({ cluster }, fault) => {
    await cluster.stopBroker(fault.amount, 'SIGKILL');
    await hold(fault);
    await cluster.startBroker(fault.amount);
    return `broker ${fault.amount}`;
  },
  'flush-redis': async ({ env }) => {
    const redis = new Redis(env.REDIS_URL, { lazyConnect: true });
    await redis.connect();
    await redis.flushall();
    redis.disconnect();
    return undefined;
  },
  'restart-redis': async (stack, fault) => {
    await restartServer(stack, fault, 'redis', 'SIGKILL');
    return undefined;
  },
  'restart-postgres': async (stack, fault) => {
    await restartServer(stack, fault, 'postgres');
    return undefined;
  },
  refuse: withProxy((proxy, name) => proxy.setEnabled(name, false)),
  slow: withProxy((proxy, name, { amount }) =>
    proxy.poison(name, { type: 'latency', attributes: { latency: amount, jitter: Math.floor(amount / 3) } }),
  ),
  truncate: withProxy((proxy, name, { amount }) => proxy.poison(name, { type: 'limit_data', attributes: { bytes: amount } })),
  'refuse-requests': async ({ refusingStore }, fault) => {
    refusingStore.refuse(fault.amount, fault.seed);
    await hold(fault);
    return `${refusingStore.heal()} requests`;
  },
  'duplicate-events': disturb('duplicate'),
  'reorder-events': disturb('reorder'),
  'corrupt-events': disturb('corrupt'),
  'fill-disk': async ({ smallDisk }, fault) => {
    smallDisk?.fill();
    await hold(fault);
    smallDisk?.empty();
    return undefined;
  },
};

/** Does it, and undoes it when its time is over. */
export const injectFault: Inject = (stack, fault) => injections[fault.kind](stack, fault);
