import { deadLetterDetailSchema, deadLetterGroupsSchema, deadLetterListSchema, StreamflixError } from '@streamflix/contracts';
import { indexDeadLetters } from '@streamflix/infra/dead-letters';
import { createTestDatabase, type TestDatabase } from '@streamflix/infra/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestGateway } from '../testkit/test-gateway.ts';
import { openLetterStore } from './letter-store.ts';

const signature = 'aaaaaaaaaaaaaaaa';
const undecodable = new StreamflixError('MESSAGE_UNDECODABLE', { message: 'no Avro' });
let own: TestDatabase;
let gateway: TestGateway;

/** Bytes that begin with a letter are the tenant's name; others cannot be decoded. */
const bus = {
  decode: async (_topic: string, bytes: Buffer | null): Promise<never> => {
    if (bytes?.[0] === 0) throw undecodable;
    return { tenantId: String(bytes), videoId: 'v1' } as never;
  },
};

const letter = (offset: number, value: Buffer, changes: object = {}) => ({
  ...{ topic: 'video.uploaded' as const, partition: 0, offset: String(offset), group: 'ingest', attempts: 1, replay: null },
  ...{ code: 'INTERNAL_ERROR' as const, message: 'it broke', signature, key: Buffer.from('v1'), value },
  headers: [['x-own', Buffer.from([0xff])]] as [string, Buffer][],
  ...{ publishedAt: new Date(), firstSeen: new Date(), lastSeen: new Date() },
  ...changes,
});

beforeAll(async () => {
  own = await createTestDatabase();
  const { database } = own;
  gateway = await TestGateway.open({}, undefined, openLetterStore({ database, bus: bus as never }));
  await indexDeadLetters({ database, bus }, [
    letter(1, Buffer.from('default')),
    letter(2, Buffer.from('globex')),
    letter(3, Buffer.alloc(10_000), { code: 'MESSAGE_UNDECODABLE', signature: 'bbbbbbbbbbbbbbbb', message: 'no Avro' }),
  ]);
});
afterAll(async () => {
  await gateway.close();
  await own.drop();
});

const get = async (path: string) => (await gateway.call('GET', `/api/v1/dead-letters${path}`)).json();
const post = async (path: string, body: object) => (await gateway.call('POST', `/api/v1/dead-letters/${path}`, body)).json();
const list = async (query = '') => deadLetterListSchema.parse(await get(query)).items;
const idOf = async (signature: string): Promise<string> => (await list(`?signature=${signature}`))[0]?.id ?? '';

test("a list has the tenant's own letters and those of nobody, page by page", async () => {
  expect((await list()).map(({ tenantId, videoId }) => [tenantId, videoId])).toEqual([
    [null, null],
    ['default', 'v1'],
  ]);
  const { items, nextCursor } = await get('?limit=1');
  const rest = await list(`?limit=1&cursor=${nextCursor}`);
  expect([...items, ...rest].map(({ origin }) => origin.offset)).toEqual(['3', '1']);
  expect(await list('?state=parked')).toEqual([]);
  expect(await list('?topic=video.failed')).toEqual([]);
});

test('groups count by signature', async () => {
  const { groups } = deadLetterGroupsSchema.parse(await get('?group=signature'));
  expect(groups.map((group) => [group.signature, group.code, group.total, group.states]).sort()).toEqual([
    [signature, 'INTERNAL_ERROR', 1, { new: 1 }],
    ['bbbbbbbbbbbbbbbb', 'MESSAGE_UNDECODABLE', 1, { new: 1 }],
  ]);
});

test('a letter is shown with its bytes, its headers and the event in it', async () => {
  const detail = deadLetterDetailSchema.parse(await get(`/${await idOf(signature)}`));
  expect(detail.content).toEqual({
    key: { sizeBytes: 2, hex: '7631', text: 'v1' },
    value: { sizeBytes: 7, hex: '64656661756c74', text: 'default' },
    headers: [{ name: 'x-own', value: { sizeBytes: 1, hex: 'ff', text: null } }],
    event: { tenantId: 'default', videoId: 'v1' },
    undecodable: null,
  });
});

test('of bytes that cannot be decoded the first are shown, and why', async () => {
  const { content } = deadLetterDetailSchema.parse(await get(`/${await idOf('bbbbbbbbbbbbbbbb')}`));
  expect(content).toMatchObject({ event: null, undecodable: 'no Avro', value: { sizeBytes: 10_000 } });
  expect(content?.value?.hex).toHaveLength(8_192);
});

test('a letter of another tenant is none', async () => {
  const answer = await own.database.query((db) =>
    db.execute<{ id: string }>("select id from dead_letters where tenant_id = 'globex'"),
  );
  const path = `/api/v1/dead-letters/${answer.rows[0]?.id}`;
  expect((await gateway.call('GET', path)).statusCode).toBe(404);
  expect(await post('replay', { ids: [answer.rows[0]?.id], dryRun: false })).toMatchObject({ letters: 0 });
  expect((await gateway.call('GET', '/api/v1/dead-letters/nonsense')).statusCode).toBe(404);
});

test('a replay is a dry run unless it is told otherwise', async () => {
  const dry = await post('replay', { signature, perSecond: 2 });
  expect(dry).toEqual({ dryRun: true, letters: 1, passedOver: {}, durationSeconds: 0, actionId: null });
  expect((await list('?state=replayed')).length).toBe(0);
  const real = await post('replay', { signature, dryRun: false });
  expect(real).toMatchObject({ dryRun: false, letters: 1, actionId: expect.any(String) });
  expect((await list('?state=replayed')).map(({ replays }) => replays)).toEqual([1]);
  expect(await post('replay', { signature })).toMatchObject({ letters: 0, passedOver: { replayed: 1 } });
});

test('a parked letter is passed over by its signature and taken by its id', async () => {
  const other = 'bbbbbbbbbbbbbbbb';
  expect(await post('park', { signature: other })).toEqual({ letters: 1, passedOver: {} });
  expect(await post('replay', { signature: other })).toMatchObject({ letters: 0, passedOver: { parked: 1 } });
  expect(await post('replay', { ids: [await idOf(other)] })).toMatchObject({ letters: 1, passedOver: {} });
});

test.each([
  ['neither ids nor a signature', {}],
  ['both', { ids: [crypto.randomUUID()], signature }],
  ['an id that is none', { ids: ['x'] }],
  ['no rate at all', { signature, perSecond: 0 }],
])('a replay of %s is refused', async (_, body) => {
  expect((await gateway.call('POST', '/api/v1/dead-letters/replay', body)).statusCode).toBe(400);
});
