import type { StackPaths } from './paths.ts';
import type { ServerName } from './server-process.ts';
import { loopback } from './servers/local-server.ts';
import { databaseUrl } from './servers/postgres.ts';
import { redisUrl } from './servers/redis.ts';
import { registryUrl } from './servers/registry.ts';
import { s3Region } from './servers/s3.ts';
import type { StackSettings } from './settings.ts';

/** What a process needs in its environment to work against the stack. */
export interface StackEnv {
  readonly KAFKA_BROKERS: string;
  readonly SCHEMA_REGISTRY_URL: string;
  readonly DATABASE_URL: string;
  readonly REDIS_URL: string;
  readonly STORAGE_DRIVER: 's3' | 'local';
  /** With the driver `local` only. */
  readonly STORAGE_DIR?: string;
  readonly S3_BUCKET: string;
  /** These four with the driver `s3` only. */
  readonly S3_ENDPOINT?: string;
  readonly AWS_ACCESS_KEY_ID?: string;
  readonly AWS_SECRET_ACCESS_KEY?: string;
  readonly AWS_REGION?: string;
  readonly GATEWAY_URL: string;
  readonly API_KEY: string;
  readonly WEBHOOK_SECRET: string;
  readonly WORK_DIR: string;
  readonly FFMPEG_PATH: string;
  readonly FFPROBE_PATH: string;
  readonly PACKAGER_PATH: string;
  readonly MEDIA_SANDBOX: string;
}

export const defaultBucket = 'streamflix';

/** The variable that hands a server to us; given one, we neither install nor start ours. */
export const endpointKeys = {
  kafka: 'KAFKA_BROKERS',
  registry: 'SCHEMA_REGISTRY_URL',
  postgres: 'DATABASE_URL',
  redis: 'REDIS_URL',
  s3: 'S3_ENDPOINT',
} as const satisfies Record<ServerName, keyof StackEnv>;

export type EndpointEnv = Readonly<Record<(typeof endpointKeys)[ServerName], string>>;

export function ownEndpoints({ ports, secrets }: StackSettings): EndpointEnv {
  return {
    KAFKA_BROKERS: `${loopback}:${ports.kafka}`,
    SCHEMA_REGISTRY_URL: registryUrl(ports.registry),
    DATABASE_URL: databaseUrl(secrets.postgresPassword, ports.postgres),
    REDIS_URL: redisUrl(secrets.redisPassword, ports.redis),
    S3_ENDPOINT: `http://${loopback}:${ports.s3}`,
  };
}

/**
 * Endpoints of somebody else's servers. A value that is our own (a shell that sourced this stack's env file, before or after
 * a change of ports) is not one: taken for given, it would keep our server from ever starting.
 */
export function givenEndpoints(environment: NodeJS.ProcessEnv, own: readonly Partial<EndpointEnv>[]): Partial<EndpointEnv> {
  const given: Partial<Record<keyof EndpointEnv, string>> = {};
  for (const key of Object.values(endpointKeys)) {
    const value = environment[key];
    if (value !== undefined && value !== '' && !own.some((endpoints) => endpoints[key] === value)) given[key] = value;
  }
  return given;
}

export interface StackTools {
  readonly ffmpeg: string;
  readonly ffprobe: string;
  readonly packager: string;
  readonly sandbox: string;
}

export interface StackEnvParts {
  readonly paths: StackPaths;
  readonly settings: StackSettings;
  readonly given: Partial<EndpointEnv>;
  readonly environment: NodeJS.ProcessEnv;
  readonly storage: 's3' | 'local';
  readonly tools: StackTools;
}

export function composeStackEnv({ paths, settings, given, environment, storage, tools }: StackEnvParts): StackEnv {
  const { S3_ENDPOINT: s3Endpoint, ...endpoints } = { ...ownEndpoints(settings), ...given };
  return {
    ...endpoints,
    STORAGE_DRIVER: storage,
    S3_BUCKET: environment.S3_BUCKET || defaultBucket,
    ...(storage === 'local'
      ? { STORAGE_DIR: environment.STORAGE_DIR || paths.store }
      : { S3_ENDPOINT: s3Endpoint, ...s3Credentials(settings, given, environment) }),
    GATEWAY_URL: environment.GATEWAY_URL || `http://${loopback}:${settings.ports.gateway}`,
    API_KEY: environment.API_KEY || settings.secrets.apiKey,
    WEBHOOK_SECRET: environment.WEBHOOK_SECRET || settings.secrets.webhookSecret,
    WORK_DIR: paths.work,
    FFMPEG_PATH: tools.ffmpeg,
    FFPROBE_PATH: tools.ffprobe,
    PACKAGER_PATH: tools.packager,
    MEDIA_SANDBOX: tools.sandbox,
  };
}

/** AWS keys lie in many a developer's environment; they are meant for us only together with an endpoint. */
function s3Credentials(settings: StackSettings, given: Partial<EndpointEnv>, environment: NodeJS.ProcessEnv) {
  if (given.S3_ENDPOINT === undefined) {
    const { s3AccessKey, s3SecretKey } = settings.secrets;
    return { AWS_ACCESS_KEY_ID: s3AccessKey, AWS_SECRET_ACCESS_KEY: s3SecretKey, AWS_REGION: s3Region };
  }
  return {
    AWS_ACCESS_KEY_ID: environment.AWS_ACCESS_KEY_ID ?? '',
    AWS_SECRET_ACCESS_KEY: environment.AWS_SECRET_ACCESS_KEY ?? '',
    AWS_REGION: environment.AWS_REGION || s3Region,
  };
}
