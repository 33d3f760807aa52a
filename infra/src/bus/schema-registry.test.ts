import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventSchemas } from '@streamflix/contracts';
import { afterEach, expect, test, vi } from 'vitest';
import { SchemaRegistry } from './schema-registry.ts';

type Answer = { status: number; body: object } | 'none';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  vi.useRealTimers();
});

/** A registry that answers as the test says, and notes what it was asked. */
async function startRegistry(answer: (path: string) => Answer) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = `${request.method} ${request.url}`;
    asked.push(path);
    const said = answer(path);
    if (said === 'none') return;
    response.writeHead(said.status, { 'content-type': 'application/json' }).end(JSON.stringify(said.body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { registry: new SchemaRegistry(`http://127.0.0.1:${port}`), asked };
}

const schemaAnswer: Answer = { status: 200, body: { schema: JSON.stringify(eventSchemas.JobCreated) } };
const missingAnswer: Answer = { status: 404, body: { error_code: 40403, message: 'No content with ID' } };

test('a schema is fetched once, however many messages ask at once', async () => {
  const { registry, asked } = await startRegistry(() => schemaAnswer);
  const types = await Promise.all(Array.from({ length: 20 }, () => registry.writerTypeOf(7)));
  await registry.writerTypeOf(7);
  expect(new Set(types).size).toBe(1);
  expect(asked).toEqual(['GET /schemas/ids/7']);
});

test('an id that the registry does not know is asked for again only after a minute', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { registry, asked } = await startRegistry(() => missingAnswer);
  for (let message = 0; message < 10; message += 1) {
    await expect(registry.writerTypeOf(7)).rejects.toMatchObject({ code: 'MESSAGE_UNDECODABLE' });
  }
  expect(asked).toHaveLength(1);
  vi.setSystemTime(Date.now() + 61_000);
  await expect(registry.writerTypeOf(7)).rejects.toMatchObject({ code: 'MESSAGE_UNDECODABLE' });
  expect(asked).toHaveLength(2);
});

test('a registry that fails is away, and is asked again at the next message', async () => {
  let isBroken = true;
  const { registry } = await startRegistry(() => (isBroken ? { status: 500, body: {} } : schemaAnswer));
  await expect(registry.writerTypeOf(7)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  await expect(registry.ownIdOf('job.created')).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  isBroken = false;
  expect((await registry.writerTypeOf(7)).name).toBe('dev.streamflix.events.JobCreated');
});

test('a registry that hangs or refuses is away', async () => {
  const { registry } = await startRegistry(() => 'none');
  await expect(registry.writerTypeOf(7)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  const nowhere = new SchemaRegistry('http://127.0.0.1:1');
  await expect(nowhere.writerTypeOf(7)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  await expect(nowhere.check()).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
}, 15_000);

test('what the registry gives for an id must be an Avro schema', async () => {
  const bodies = [{ schema: 'nonsense' }, { schema: '{"type":"object"}', schemaType: 'JSON' }];
  for (const body of bodies) {
    const { registry } = await startRegistry(() => ({ status: 200, body }));
    await expect(registry.writerTypeOf(7)).rejects.toMatchObject({ code: 'MESSAGE_UNDECODABLE' });
  }
});

test('our schema is registered once, with its compatibility', async () => {
  const config: Answer = { status: 200, body: { compatibilityLevel: 'FULL_TRANSITIVE' } };
  const { registry, asked } = await startRegistry((path) =>
    path.includes('/config/') ? config : { status: 200, body: { id: 11 } },
  );
  expect(await Promise.all([registry.ownIdOf('job.created'), registry.ownIdOf('job.created')])).toEqual([11, 11]);
  expect(asked).toEqual([
    'PUT /config/job.created-value',
    'GET /config/job.created-value',
    'POST /subjects/job.created-value/versions',
  ]);
});
