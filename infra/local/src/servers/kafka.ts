import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, writeFileWhole } from '../files.ts';
import { installKafka, kafkaCacheName } from '../install/maven.ts';
import { cacheDir, type StackPaths } from '../paths.ts';
import { runCommand } from '../run-command.ts';
import { logFile } from '../server-process.ts';
import { countBrokers } from './kafka-metadata.ts';
import { type LocalServer, loopback, type ServerContext } from './local-server.ts';

/** One broker that is its own controller. */
export function kafkaServer({ paths, settings }: ServerContext): LocalServer {
  const { kafka: port, kafkaController: controllerPort } = settings.ports;
  const nodes = [{ id: 1, port, controllerPort }] as const;
  return kafkaBroker({ name: 'kafka', paths, clusterId: settings.kafkaClusterId, node: nodes[0], nodes, heapMb: 384 });
}

export interface KafkaNode {
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
}

export interface BrokerOptions<Name extends string> {
  readonly name: Name;
  readonly paths: StackPaths;
  readonly clusterId: string;
  readonly node: KafkaNode;
  /** All of its cluster; every topic lies on up to three of them. */
  readonly nodes: readonly KafkaNode[];
  readonly heapMb: number;
}

/** One node of a cluster, broker and controller in one. */
export function kafkaBroker<Name extends string>({
  name,
  paths,
  clusterId,
  node,
  nodes,
  heapMb,
}: BrokerOptions<Name>): LocalServer<Name> {
  const { port } = node;
  const dir = join(paths.data, name);
  const configFile = join(dir, 'server.properties');
  const logConfigFile = join(dir, 'log4j2.properties');
  const formattedMark = join(dir, 'formatted');
  const env = { CLASSPATH: join(cacheDir, kafkaCacheName, '*') };

  return {
    name,
    port,
    stopSignal: 'SIGTERM',
    install: async (step) => {
      await installKafka(step);
    },
    prepare: async ({ signal }) => {
      if (!(await exists(formattedMark))) await rm(dir, { recursive: true, force: true });
      await mkdir(dir, { recursive: true });
      await writeFileWhole(configFile, brokerProperties(join(dir, 'log'), node, nodes));
      await writeFileWhole(logConfigFile, logProperties);
      if (!(await exists(formattedMark))) {
        // One word with its option: every 64th id begins with a dash.
        const format = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '--config', configFile];
        const jvm = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
        await runCommand('java', [...jvm, ...format], { env, signal, logFile: `${logFile(paths, name)}.format` });
        await writeFileWhole(formattedMark, `${clusterId}\n`);
      }
      const jvm = [
        `-Xmx${heapMb}m`,
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=1',
        `-Dlog4j2.configurationFile=${logConfigFile}`,
      ];
      return { file: 'java', args: [...jvm, 'kafka.Kafka', configFile], env };
    },
    probe: async () => {
      if ((await countBrokers(port)) === 0) throw new Error('no broker has registered yet');
    },
  };
}

/**
 * Static voters, so that the controller's port may change between two starts. Replication as far as there are brokers, to three;
 * an acknowledged message lies on all but one of them.
 * Topics that name no retention keep everything: the registry's journal is such a topic, and a week's default would lose
 * every schema after a week.
 * The same values stand in docker-compose.yml.
 */
function brokerProperties(logDir: string, { id, port, controllerPort }: KafkaNode, nodes: readonly KafkaNode[]): string {
  const voters = nodes.map((node) => `${node.id}@${loopback}:${node.controllerPort}`).join();
  const replication = Math.min(3, nodes.length);
  const minInSync = Math.max(1, replication - 1);
  return `node.id=${id}
process.roles=broker,controller
controller.quorum.voters=${voters}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://${loopback}:${port},CONTROLLER://${loopback}:${controllerPort}
advertised.listeners=PLAINTEXT://${loopback}:${port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${logDir}
auto.create.topics.enable=false
default.replication.factor=${replication}
min.insync.replicas=${minInSync}
offsets.topic.replication.factor=${replication}
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=${replication}
transaction.state.log.min.isr=${minInSync}
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=${replication}
share.coordinator.state.topic.min.isr=${minInSync}
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=16777216
log.retention.ms=-1
`;
}

const logProperties = `status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %c{1} %m%n
rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
logger.lifecycle.name=kafka.server.KafkaRaftServer
logger.lifecycle.level=info
`;
