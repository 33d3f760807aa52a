import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, writeFileWhole } from '../files.ts';
import { installKafka, kafkaCacheName } from '../install/maven.ts';
import { cacheDir } from '../paths.ts';
import { runCommand } from '../run-command.ts';
import { logFile } from '../server-process.ts';
import { countBrokers } from './kafka-metadata.ts';
import { type LocalServer, loopback, type ServerContext } from './local-server.ts';

/** One broker that is its own controller. */
export function kafkaServer({ paths, settings }: ServerContext): LocalServer {
  const { kafka: port, kafkaController } = settings.ports;
  const dir = join(paths.data, 'kafka');
  const configFile = join(dir, 'server.properties');
  const logConfigFile = join(dir, 'log4j2.properties');
  const formattedMark = join(dir, 'formatted');
  const env = { CLASSPATH: join(cacheDir, kafkaCacheName, '*') };

  return {
    name: 'kafka',
    port,
    stopSignal: 'SIGTERM',
    install: async (step) => {
      await installKafka(step);
    },
    prepare: async ({ signal }) => {
      if (!(await exists(formattedMark))) await rm(dir, { recursive: true, force: true });
      await mkdir(dir, { recursive: true });
      await writeFileWhole(configFile, brokerProperties(join(dir, 'log'), port, kafkaController));
      await writeFileWhole(logConfigFile, logProperties);
      if (!(await exists(formattedMark))) {
        // One word with its option: every 64th id begins with a dash.
        const format = ['kafka.tools.StorageTool', 'format', `--cluster-id=${settings.kafkaClusterId}`, '--config', configFile];
        const jvm = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
        await runCommand('java', [...jvm, ...format], { env, signal, logFile: `${logFile(paths, 'kafka')}.format` });
        await writeFileWhole(formattedMark, `${settings.kafkaClusterId}\n`);
      }
      const jvm = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Dlog4j2.configurationFile=${logConfigFile}`];
      return { file: 'java', args: [...jvm, 'kafka.Kafka', configFile], env };
    },
    probe: async () => {
      if ((await countBrokers(port)) === 0) throw new Error('no broker has registered yet');
    },
  };
}

/**
 * Static voters, so that the controller's port may change between two starts. Replication of one: there is one broker.
 * Topics that name no retention keep everything: the registry's journal is such a topic, and a week's default would lose
 * every schema after a week.
 * The same values stand in docker-compose.yml.
 */
function brokerProperties(logDir: string, port: number, controllerPort: number): string {
  return `node.id=1
process.roles=broker,controller
controller.quorum.voters=1@${loopback}:${controllerPort}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://${loopback}:${port},CONTROLLER://${loopback}:${controllerPort}
advertised.listeners=PLAINTEXT://${loopback}:${port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${logDir}
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
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
