import { rm } from 'node:fs/promises';
import { type StackPaths, stackPaths } from './paths.ts';
import { findFreePorts } from './ports.ts';
import { runServer } from './run-server.ts';
import { endServer } from './server-process.ts';
import { type KafkaNode, kafkaBroker } from './servers/kafka.ts';
import { loopback } from './servers/local-server.ts';
import { makeClusterId } from './settings.ts';
import { quietly, type Step } from './step.ts';

const heapMb = 256;

/** Several brokers, each of which can be broken apart from the others. */
export interface KafkaCluster {
  /** What clients connect to first: all of them. */
  readonly brokers: string;
  /** Brokers are numbered from 1. */
  stopBroker(id: number, signal: NodeJS.Signals): Promise<void>;
  /** Starts it with the data it had, and waits until it answers. */
  startBroker(id: number): Promise<void>;
  stop(): Promise<void>;
}

const nameOf = (id: number): string => `kafka-${id}`;

/** Starts an empty cluster in a folder of its own; whatever an earlier one left there is ended and wiped. */
export async function startKafkaCluster(dir: string, size: number, step: Step = quietly): Promise<KafkaCluster> {
  const paths = stackPaths(dir);
  const ids = Array.from({ length: size }, (_, index) => index + 1);
  const stop = () => endBrokers(paths, ids);
  await stop();
  await rm(paths.dir, { recursive: true, force: true });
  const ports = await findFreePorts(ids.flatMap((id) => [`broker-${id}`, `controller-${id}`]));
  const nodes = ids.map(
    (id): KafkaNode => ({ id, port: ports[`broker-${id}`] ?? 0, controllerPort: ports[`controller-${id}`] ?? 0 }),
  );
  const clusterId = makeClusterId();
  const start = async (node: KafkaNode) => {
    const broker = kafkaBroker({ name: nameOf(node.id), paths, clusterId, node, nodes, heapMb });
    await broker.install(step);
    await runServer(paths, broker, step);
  };
  try {
    await Promise.all(nodes.map(start));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    brokers: nodes.map(({ port }) => `${loopback}:${port}`).join(),
    stopBroker: async (id, signal) => {
      await endServer(paths, nameOf(id), signal);
    },
    startBroker: async (id) => {
      const node = nodes.find((each) => each.id === id);
      if (node === undefined) throw new Error(`there is no broker ${id}; there are ${size}`);
      await start(node);
    },
    stop,
  };
}

async function endBrokers(paths: StackPaths, ids: readonly number[]): Promise<void> {
  await Promise.all(ids.map((id) => endServer(paths, nameOf(id), 'SIGKILL')));
}
