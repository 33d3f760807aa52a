import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { ErrorAnswer, StreamMessage } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import { createParser } from 'eventsource-parser';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { openJobStore } from '../jobs/job-store.ts';
import { type IdentityGateway, openIdentityGateway } from '../testkit/identity-gateway.ts';
import { TestGateway } from '../testkit/test-gateway.ts';
import { openChangeReader } from './change-reader.ts';

const settings = { heartbeatMs: 500 };
const within = { timeout: 20_000 };
let it: IdentityGateway;
let second: TestGateway;
let addresses: [string, string];
beforeAll(async () => {
  it = await openIdentityGateway({ settings });
  const { database } = it.own;
  const { identity } = it;
  second = await TestGateway.open(settings, openJobStore({ database, outbox: {} as never }, {}), undefined, {
    identity,
    changes: openChangeReader(database),
  });
  const listen = (gateway: TestGateway) => gateway.app.listen({ host: '127.0.0.1', port: 0 });
  addresses = [await listen(it.gateway), await listen(second)];
});
afterAll(async () => {
  await second.close();
  await it.close();
});

const leaving = new Set<AbortController>();
afterEach(() => {
  for (const each of leaving) each.abort();
  leaving.clear();
});

interface Heard {
  id: string | undefined;
  event: string | undefined;
  data: { jobId?: string; state?: string; id?: string };
}

async function connect(address: string, path: string, { key = it.keys.member, ...headers }: Record<string, string> = {}) {
  const leave = new AbortController();
  leaving.add(leave);
  const response = await fetch(`${address}/api/v1${path}`, { headers: { 'x-api-key': key, ...headers }, signal: leave.signal });
  const heard: Heard[] = [];
  let lastEventId = headers['last-event-id'] ?? '';
  const parser = createParser({
    onEvent: ({ id, event, data }) => void heard.push({ id, event, data: JSON.parse(data) }),
  });
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      const text = decoder.decode(chunk, { stream: true });
      for (const [, id] of text.matchAll(/^id: (.*)$/gm)) lastEventId = id ?? '';
      parser.feed(text);
    }
  })().catch(() => undefined);
  return {
    ...{ response, heard, reading },
    lastEventId: () => lastEventId,
    states: () => heard.filter(({ event }) => event === 'state').map(({ data }) => `${data.jobId} ${data.state}`),
    async leave() {
      leave.abort();
      await reading;
    },
  };
}

const query = (statement: ReturnType<typeof sql>) => it.own.database.query((db) => db.execute(statement));

async function insertJob(tenantId = 'acme'): Promise<string> {
  const id = randomUUID();
  await query(
    sql`insert into jobs (id, tenant_id, video_id, source_bucket, source_key, source_etag) values (${id}, ${tenantId}, ${id}, 'b', 'k', 'e')`,
  );
  return id;
}
const move = (id: string, state: string) => query(sql`update jobs set state = ${state}, updated_at = now() where id = ${id}`);
const fail = (id: string) => query(sql`update jobs set state = 'failed', outcome = '{}', finished_at = now() where id = ${id}`);

test('a watcher that moves from gateway to gateway by its last id misses nothing and sees nothing twice', async () => {
  const told: string[] = [];
  const heard: string[] = [];
  let isDone = false;
  let moves = 0;
  const first = await connect(addresses[0], '/events');
  await vi.waitFor(() => expect(first.heard[0]?.event).toBe('ready'), within);
  await first.leave();
  const working = Promise.all(
    Array.from({ length: 4 }, async (_, worker) => {
      for (let number = 0; number < 12 || moves <= 10; number += 1) {
        const id = await insertJob();
        for (const state of ['assigned', 'transcoding', 'completing']) {
          await it.own.database.transaction(async (db) => {
            await db.execute(sql`select pg_sleep(${(worker * (number % 4)) / 200})`);
            await db.execute(sql`update jobs set state = ${state} where id = ${id}`);
            await db.execute(sql`select pg_sleep(${(number % 3) / 100})`);
          });
        }
        told.push(...['pending', 'assigned', 'transcoding', 'completing'].map((state) => `${id} ${state}`));
      }
    }),
  ).then(() => {
    isDone = true;
  });
  let lastEventId = first.lastEventId();
  // Broken off in the middle again and again, wherever it is.
  while (!isDone || heard.length < told.length) {
    const address = addresses[moves % 2] ?? '';
    const stream = await connect(address, '/events', { 'last-event-id': lastEventId });
    const wanted = 1 + (moves % 5);
    await vi.waitUntil(
      () => stream.states().length >= wanted || (isDone && heard.length + stream.states().length >= told.length),
      {
        timeout: 20_000,
        interval: 5,
      },
    );
    await stream.leave();
    heard.push(...stream.states());
    lastEventId = stream.lastEventId();
    moves += 1;
  }
  await working;
  expect(heard.toSorted()).toEqual(told.toSorted());
  for (const [job, states] of Map.groupBy(heard, (each) => each.split(' ')[0])) {
    expect(states, job).toEqual(['pending', 'assigned', 'transcoding', 'completing'].map((state) => `${job} ${state}`));
  }
  expect(moves).toBeGreaterThan(10);
}, 120_000);

test('a job is watched from gateway to gateway to its end, which is told once', async () => {
  const id = await insertJob();
  const first = await connect(addresses[0], `/jobs/${id}/events`);
  await vi.waitFor(() => expect(first.heard[0]).toMatchObject({ event: 'job', data: { state: 'pending' } }), within);
  await first.leave();
  await move(id, 'assigned');
  await move(id, 'transcoding');
  const then = await connect(addresses[1], `/jobs/${id}/events`, { 'last-event-id': first.lastEventId() });
  await vi.waitFor(() => expect(then.heard).toHaveLength(3), within);
  expect(then.states()).toEqual([`${id} assigned`, `${id} transcoding`]);
  expect(then.heard[2]).toMatchObject({ event: 'job', data: { state: 'transcoding' } });
  await fail(id);
  await then.reading;
  expect(then.heard.slice(3).map(({ event }) => event)).toEqual(['state', 'job', 'end']);
  const after = await connect(addresses[0], `/jobs/${id}/events`, { 'last-event-id': then.lastEventId() });
  expect([after.response.status, after.heard]).toEqual([204, []]);
  // Taken up again it goes on.
  await query(sql`update jobs set state = 'retrying', outcome = null, finished_at = null, attempt = 2 where id = ${id}`);
  const retried = await connect(addresses[1], `/jobs/${id}/events`, { 'last-event-id': then.lastEventId() });
  await vi.waitFor(() => expect(retried.states()).toEqual([`${id} retrying`]), within);
});

test('nobody hears of the jobs of another tenant', async () => {
  const stream = await connect(addresses[0], '/events');
  await vi.waitFor(() => expect(stream.heard).toHaveLength(1), within);
  await insertJob('globex');
  const own = await insertJob();
  await vi.waitFor(() => expect(stream.states()).toEqual([`${own} pending`]), within);
});

test('steps of all jobs come as they are told, and the place moves though nothing happens', async () => {
  const stream = await connect(addresses[0], '/events');
  await vi.waitFor(() => expect(stream.heard).toHaveLength(1), within);
  const before = stream.lastEventId();
  it.gateway.watchers.get('acme')?.({
    kind: 'progress',
    event: {
      jobId: 'j',
      videoId: 'v',
      state: 'transcoding',
      jobProgress: 0.25,
      taskProgress: 0.5,
      stage: 'encode',
      taskId: 't',
      speed: 1,
    } as never,
  });
  await vi.waitFor(
    () => expect(stream.heard[1]).toMatchObject({ event: 'progress', data: { jobId: 'j', videoId: 'v', progress: 0.25 } }),
    within,
  );
  await insertJob('globex');
  await vi.waitFor(() => expect(stream.lastEventId()).not.toBe(before), within);
  expect(stream.heard).toHaveLength(2);
});

test('whoever comes back with a place that nobody knows is told so', async () => {
  for (const lost of ['nonsense', '1~1:1:', '9999999999~1:900000000000000:']) {
    const stream = await connect(addresses[0], '/events', { 'last-event-id': lost });
    await vi.waitFor(() => expect(stream.heard[0]?.event).toBe('reset'), within);
    await stream.leave();
  }
});

test('a stream ends when its key is revoked, and a caller has so many and no more', async () => {
  const { id, key } = await it.newKey('member');
  const streams = await Promise.all(Array.from({ length: 10 }, () => connect(addresses[0], '/events', { key })));
  await vi.waitFor(() => expect(streams.every(({ heard }) => heard.length === 1)).toBe(true), within);
  const { response } = await connect(addresses[0], '/events', { key });
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '5']);
  await it.identity.keys.revoke('acme', id);
  await Promise.all(streams.map(({ reading }) => reading));
});

const socketOf = (address: string, search: string, headers: Record<string, string> = {}) =>
  new WebSocket(`${address.replace('http', 'ws')}/api/v1/ws${search}`, { headers });

/** The connection of somebody who asks for an upgrade and does not get it. */
async function refusedSocket(path: string, headers: Record<string, string>): Promise<Duplex> {
  const socket = new WebSocket(addresses[0].replace('http', 'ws') + path, { headers });
  socket.on('error', () => undefined);
  const [, response] = await once(socket, 'unexpected-response');
  response.resume();
  return response.socket;
}

/** How a connection was refused before it was one. */
async function refusalOf(socket: WebSocket): Promise<[number | undefined, string]> {
  socket.on('error', () => undefined);
  const [, response] = await once(socket, 'unexpected-response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return [response.statusCode, (JSON.parse(Buffer.concat(chunks).toString()) as ErrorAnswer).error.code];
}

test('a WebSocket brings the same messages, and goes on where another stream was', async () => {
  const socket = socketOf(addresses[0], '', { 'x-api-key': it.keys.member });
  const messages: StreamMessage[] = [];
  socket.on('message', (text) => messages.push(JSON.parse(String(text))));
  await vi.waitFor(() => expect(messages[0]?.event).toBe('ready'), within);
  const id = await insertJob();
  await vi.waitFor(
    () => expect(messages.find(({ event }) => event === 'state')).toMatchObject({ data: { jobId: id, state: 'pending' } }),
    within,
  );
  const place = messages.findLast((message) => message.event === 'state');
  socket.close();
  await move(id, 'assigned');
  const lastEventId = encodeURIComponent(place?.event === 'state' ? place.id : '');
  const then = socketOf(addresses[1], `?jobId=${id}&lastEventId=${lastEventId}`, { 'x-api-key': it.keys.member });
  const rest: StreamMessage[] = [];
  then.on('message', (text) => {
    const message: StreamMessage = JSON.parse(String(text));
    if (message.event !== 'place') rest.push(message);
  });
  await vi.waitFor(() => expect(rest).toMatchObject([{ event: 'state', data: { state: 'assigned' } }, { event: 'job' }]), within);
  const closed = once(then, 'close');
  await fail(id);
  expect((await closed)[0]).toBe(1000);
  expect(rest.at(-1)).toMatchObject({ event: 'end', data: { state: 'failed' } });
});

test('whoever may not connect is refused before the upgrade, in the form of every error', async () => {
  const key = { 'x-api-key': it.keys.member };
  expect(await refusalOf(socketOf(addresses[0], ''))).toEqual([401, 'UNAUTHENTICATED']);
  expect(await refusalOf(socketOf(addresses[0], '?ticket=x'))).toEqual([401, 'UNAUTHENTICATED']);
  expect(await refusalOf(socketOf(addresses[0], '', { ...key, 'x-tenant-id': 'globex' }))).toEqual([403, 'FORBIDDEN']);
  expect(await refusalOf(socketOf(addresses[0], '', { ...key, origin: 'https://elsewhere.example' }))).toEqual([
    403,
    'FORBIDDEN',
  ]);
  expect(await refusalOf(socketOf(addresses[0], `?jobId=${randomUUID()}`, key))).toEqual([404, 'NOT_FOUND']);
  expect(await refusalOf(socketOf(addresses[0], `?jobId=${await insertJob('globex')}`, key))).toEqual([404, 'NOT_FOUND']);
  // Whoever was refused is let go of, on whatever route.
  const lost = await refusedSocket('/api/v1/jobs', {});
  await vi.waitFor(() => expect(lost.destroyed).toBe(true), within);
  const plain = await it.call(it.keys.member, 'GET', '/api/v1/ws');
  expect([plain.statusCode, plain.json().error.code]).toEqual([426, 'UPGRADE_REQUIRED']);
});

test('a ticket opens one stream of whoever asked for it, once', async () => {
  const { ticket } = (await it.call(it.keys.member, 'POST', '/api/v1/tickets')).json();
  const own = { origin: addresses[1] };
  const socket = socketOf(addresses[1], `?ticket=${ticket}`, own);
  const [text] = await once(socket, 'message');
  expect(JSON.parse(String(text)).event).toBe('ready');
  expect(await refusalOf(socketOf(addresses[1], `?ticket=${ticket}`, own))).toEqual([401, 'UNAUTHENTICATED']);
  socket.close();
  // It is good for streams alone.
  const { ticket: other } = (await it.call(it.keys.member, 'POST', '/api/v1/tickets')).json();
  expect((await it.call(null, 'GET', `/api/v1/jobs?ticket=${other}`)).statusCode).toBe(401);
});

test('a socket whose key is revoked is closed and says why', async () => {
  const { id, key } = await it.newKey('member');
  const socket = socketOf(addresses[0], '', { 'x-api-key': key });
  await once(socket, 'message');
  const closed = once(socket, 'close');
  await it.identity.keys.revoke('acme', id);
  expect((await closed)[0]).toBe(4401);
});
