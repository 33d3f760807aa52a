import { expect, test } from 'vitest';
import { createTestLogger } from '../telemetry/index.ts';
import { ReplaceableClient } from './replaceable-client.ts';

class FakeClient {
  isConnected = false;
  async connect(): Promise<void> {
    this.isConnected = true;
  }
  async disconnect(): Promise<void> {
    this.isConnected = false;
  }
}

function setUp() {
  const made: FakeClient[] = [];
  const make = () => {
    const client = new FakeClient();
    made.push(client);
    return client;
  };
  return { made, client: new ReplaceableClient(make, createTestLogger()) };
}

test('many uses share one client', async () => {
  const { made, client } = setUp();
  await Promise.all([1, 2, 3].map(() => client.use(async (each) => expect(each.isConnected).toBe(true))));
  await client.use(async () => undefined);
  expect(made).toHaveLength(1);
  await client.close();
  expect(made[0]?.isConnected).toBe(false);
});

test('after a failure the next use has a new client, and the old one lives until its last user is done', async () => {
  const { made, client } = setUp();
  const gate = Promise.withResolvers<void>();
  const slow = client.use(() => gate.promise);
  await expect(client.use(() => Promise.reject(new Error('no answer')))).rejects.toThrow('no answer');
  await client.use(async (each) => expect(each).toBe(made[1]));
  expect(made[0]?.isConnected).toBe(true);
  gate.resolve();
  await slow;
  await expect.poll(() => made[0]?.isConnected).toBe(false);
  expect(made[1]?.isConnected).toBe(true);
});
