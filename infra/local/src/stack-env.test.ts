import { expect, test } from 'vitest';
import { stackPaths } from './paths.ts';
import type { StackSettings } from './settings.ts';
import { composeStackEnv, givenEndpoints, ownEndpoints } from './stack-env.ts';

const settings: StackSettings = {
  ports: { kafka: 1, kafkaController: 2, registry: 3, postgres: 4, redis: 5, s3: 6, gateway: 7 },
  secrets: {
    postgresPassword: 'pp',
    redisPassword: 'rp',
    s3AccessKey: 'AK',
    s3SecretKey: 'SK',
    apiKey: 'key',
    webhookSecret: 'hook',
  },
  kafkaClusterId: 'c',
};
const tools = { ffmpeg: '/f', ffprobe: '/p', packager: '/s', sandbox: 'none' };

function compose(environment: NodeJS.ProcessEnv, storage: 's3' | 'local' = 's3') {
  const given = givenEndpoints(environment, [ownEndpoints(settings)]);
  return composeStackEnv({ paths: stackPaths('/s'), settings, given, environment, storage, tools });
}

test('a given endpoint is repeated as it is, the others are ours', () => {
  const env = compose({ KAFKA_BROKERS: 'a:1,b:2' });
  expect(env.KAFKA_BROKERS).toBe('a:1,b:2');
  expect(env.SCHEMA_REGISTRY_URL).toBe('http://127.0.0.1:3/apis/ccompat/v7');
});

test('our own endpoint in the environment, from a sourced env file, is not taken for a given one', () => {
  expect(givenEndpoints({ ...ownEndpoints(settings) }, [ownEndpoints(settings)])).toEqual({});
});

test('AWS keys of the environment are used only together with an endpoint', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'theirs', AWS_SECRET_ACCESS_KEY: 'secret' };
  expect(compose(keys).AWS_ACCESS_KEY_ID).toBe('AK');
  expect(compose({ ...keys, S3_ENDPOINT: 'http://s3' }).AWS_ACCESS_KEY_ID).toBe('theirs');
});

test('with local storage there is a folder and no S3 endpoint', () => {
  const env = compose({}, 'local');
  expect(env).toMatchObject({ STORAGE_DRIVER: 'local', STORAGE_DIR: '/s/store' });
  expect(env.S3_ENDPOINT).toBeUndefined();
});
