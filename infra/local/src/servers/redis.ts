import { join } from 'node:path';
import { Redis } from 'ioredis';
import { writeFileWhole } from '../files.ts';
import { findOnPath } from '../run-command.ts';
import { type LocalServer, loopback, type ServerContext } from './local-server.ts';

export function redisUrl(password: string, port: number): string {
  return `redis://:${password}@${loopback}:${port}`;
}

export function redisServer({ paths, settings }: ServerContext): LocalServer {
  const port = settings.ports.redis;
  const password = settings.secrets.redisPassword;
  const configFile = join(paths.data, 'redis.conf');

  return {
    name: 'redis',
    port,
    stopSignal: 'SIGTERM',
    install: async () => {
      await requireBinary();
    },
    prepare: async () => {
      // Nothing is kept on disk: Redis only saves work, and a restart that forgets everything keeps us honest about that.
      const config = [
        `bind ${loopback}`,
        `port ${port}`,
        `requirepass ${password}`,
        'save ""',
        'appendonly no',
        'maxmemory 128mb',
      ];
      await writeFileWhole(configFile, `${config.join('\n')}\n`, 0o600);
      return { file: await requireBinary(), args: [configFile] };
    },
    probe: async () => {
      const client = new Redis(redisUrl(password, port), {
        lazyConnect: true,
        retryStrategy: () => null,
        maxRetriesPerRequest: 0,
      });
      // Without a listener ioredis prints every refused connection; the rejected command tells us the same.
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.ping();
      } finally {
        client.disconnect();
      }
    },
  };
}

async function requireBinary(): Promise<string> {
  const binary = await findOnPath('redis-server');
  if (binary === undefined) throw new Error('redis-server is not on PATH');
  return binary;
}
