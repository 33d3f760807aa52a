import { expect, test } from 'vitest';
import { type ComposeService, findComposeFaults } from './compose-faults.ts';

const faultsOf = (services: Record<string, ComposeService>, pinned = {}) => findComposeFaults({ services }, pinned);
const checked = { image: 'a:1.2.3', healthcheck: { test: ['CMD', 'true'] } };

test('a sound model has no faults', () => {
  const ports = [{ host_ip: '127.0.0.1', published: '80' }];
  const own: ComposeService = { image: 'own:dev', build: {}, depends_on: { db: { condition: 'service_healthy' } }, ports };
  expect(faultsOf({ db: checked, own })).toEqual([]);
});

test('a dependency must be defined, and have a healthcheck where its health is waited for', () => {
  const own = { ...checked, depends_on: { gone: { condition: 'service_started' }, deaf: { condition: 'service_healthy' } } };
  expect(faultsOf({ own, deaf: { image: 'b:1.0.0' } })).toEqual([
    'own depends on gone, which is not defined',
    'own waits for deaf to be healthy, which has no healthcheck',
  ]);
});

test.each(['a', 'a:latest', 'a:7', 'host:5000/a', 'a:stable'])('the image %s is not pinned', (image) => {
  expect(faultsOf({ it: { image } })).toEqual([`it runs ${image}, which is not pinned to a version`]);
});

test.each(['a:7.4.11-alpine', 'host:5000/a:v1.8.0', 'a:17.11-bookworm', 'a@sha256:00ff'])('the image %s is pinned', (image) => {
  expect(faultsOf({ it: { image } })).toEqual([]);
});

test('a server must have the version of the stack without containers', () => {
  expect(faultsOf({ kafka: { image: 'apache/kafka:4.3.0' } }, { kafka: '4.3.1' })).toEqual([
    'kafka runs apache/kafka:4.3.0, the stack without containers 4.3.1',
  ]);
});

test('ports are published on loopback alone', () => {
  expect(faultsOf({ it: { ...checked, ports: [{ published: '80' }] } })).toEqual([
    'it publishes port 80 to more than this machine',
  ]);
});
