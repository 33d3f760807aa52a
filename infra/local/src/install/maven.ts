import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';
import type { Step } from '../step.ts';
import { cached, installLog } from './cached.ts';

/** 4.4.0 is listed but incomplete on Maven Central. */
export const kafkaVersion = '4.3.1';
export const registryVersion = '3.0.9';
const log4jVersion = '2.25.4';
const dependencyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';
/** The registry's parent POM was never published, and every later plugin insists on reading it. */
const fetchPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:2.8';

export const kafkaCacheName = `kafka-${kafkaVersion}`;
export const registryCacheName = `apicurio-registry-${registryVersion}`;

/** The folder of the broker's jars. */
export async function installKafka(step: Step): Promise<string> {
  return await cached(kafkaCacheName, step, async (draft) => {
    step.say('downloading its jars by Maven (about 45 MB)');
    const pom = join(draft, 'pom.xml');
    const jars = join(draft, 'jars');
    await writeFile(pom, kafkaPom);
    await mvn('kafka', step, [
      '-f',
      pom,
      `${dependencyPlugin}:copy-dependencies`,
      `-DoutputDirectory=${jars}`,
      '-DincludeScope=runtime',
    ]);
    return jars;
  });
}

/** The folder of the unpacked registry. */
export async function installRegistry(step: Step): Promise<string> {
  return await cached(registryCacheName, step, async (draft) => {
    step.say('downloading it by Maven (about 110 MB)');
    const archive = join(draft, 'registry.tar.gz');
    const artifact = `io.apicurio:apicurio-registry-app:${registryVersion}:tar.gz:all`;
    await mvn('registry', step, [`${fetchPlugin}:get`, `-Dartifact=${artifact}`, '-Dtransitive=false', `-Ddest=${archive}`]);
    const unpacked = join(draft, 'unpacked');
    await mkdir(unpacked);
    await runCommand('tar', ['-xzf', archive, '-C', unpacked], {
      signal: step.signal,
      logFile: installLog('registry-unpack'),
    });
    return unpacked;
  });
}

/** One more attempt: repositories drop connections, and two Mavens that fill an empty local repository can trip over each other. */
async function mvn(name: string, { signal }: Step, args: readonly string[]): Promise<void> {
  const run = () => runCommand('mvn', ['-B', '-ntp', ...args], { signal, logFile: installLog(name) });
  try {
    await run();
  } catch (error) {
    if (signal?.aborted) throw error;
    await run();
  }
}

/** Kafka 4 brings no slf4j binding; connect-runtime is a web server that the command line tools do not need. */
const kafkaPom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>streamflix.local</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${kafkaVersion}</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>${kafkaVersion}</version>
      <exclusions><exclusion><groupId>org.apache.kafka</groupId><artifactId>connect-runtime</artifactId></exclusion></exclusions>
    </dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>${log4jVersion}</version></dependency>
  </dependencies>
</project>
`;
