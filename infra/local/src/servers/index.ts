import type { ServerName } from '../server-process.ts';
import { kafkaServer } from './kafka.ts';
import type { LocalServer, ServerContext } from './local-server.ts';
import { postgresServer } from './postgres.ts';
import { redisServer } from './redis.ts';
import { registryServer } from './registry.ts';
import { s3Server } from './s3.ts';

const builders = {
  kafka: kafkaServer,
  registry: registryServer,
  postgres: postgresServer,
  redis: redisServer,
  s3: s3Server,
} as const satisfies Record<ServerName, (context: ServerContext) => LocalServer>;

export function localServer(name: ServerName, context: ServerContext): LocalServer {
  return builders[name](context);
}
