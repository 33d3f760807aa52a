import { join } from 'node:path';
import { installRegistry, registryCacheName, registryVersion } from '../install/maven.ts';
import { cacheDir } from '../paths.ts';
import { type LocalServer, loopback, type ServerContext } from './local-server.ts';

export function registryUrl(port: number): string {
  return `http://${loopback}:${port}/apis/ccompat/v7`;
}

/** Apicurio, which speaks Confluent's API and keeps the schemas in Kafka itself. */
export function registryServer({ settings, kafkaBrokers }: ServerContext): LocalServer {
  const port = settings.ports.registry;
  const url = registryUrl(port);
  const jvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

  return {
    name: 'registry',
    port,
    stopSignal: 'SIGTERM',
    install: async (step) => {
      await installRegistry(step);
    },
    prepare: async () => ({
      file: 'java',
      args: [...jvm, '-jar', join(cacheDir, registryCacheName, `apicurio-registry-app-${registryVersion}-runner.jar`)],
      env: {
        QUARKUS_HTTP_HOST: loopback,
        QUARKUS_HTTP_PORT: String(port),
        APICURIO_STORAGE_KIND: 'kafkasql',
        APICURIO_KAFKASQL_BOOTSTRAP_SERVERS: kafkaBrokers,
        QUARKUS_HTTP_ACCESS_LOG_ENABLED: 'false',
      },
    }),
    probe: async () => {
      const answer = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(5_000) });
      if (!answer.ok) throw new Error(`it answers ${answer.status} to GET /subjects`);
    },
    // Its own default is NONE, which would let any change of a schema through.
    settle: async () => {
      const answer = await fetch(`${url}/config`, {
        method: 'PUT',
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify({ compatibility: 'FULL_TRANSITIVE' }),
        signal: AbortSignal.timeout(10_000),
      });
      if (!answer.ok) throw new Error(`it answers ${answer.status} to the compatibility FULL_TRANSITIVE`);
    },
  };
}
