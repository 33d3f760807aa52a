import { randomUUID } from 'node:crypto';
import type { ApiJob } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type IdentityGateway, openIdentityGateway } from '../testkit/identity-gateway.ts';

let it: IdentityGateway;
const secret = 'a secret of thirty-two characters';
beforeAll(async () => {
  it = await openIdentityGateway();
});
afterAll(() => it.close());
beforeEach(() => it.own.database.query((db) => db.execute(sql`truncate jobs, idempotency_keys cascade`)));

const newKey = () => randomUUID();
const count = async (table: 'jobs' | 'idempotency_keys'): Promise<number> =>
  Number((await it.own.database.query((db) => db.execute(sql`select count(*) from ${sql.identifier(table)}`))).rows[0]?.count);

async function source(): Promise<string> {
  const key = `${randomUUID()}.mp4`;
  await it.gateway.storage.write({ key }, Buffer.from('a video'));
  return key;
}

const post = (
  idempotencyKey: string,
  url: string,
  payload: object,
  { by = it.keys.member, ...headers }: { by?: string; 'x-tenant-id'?: string } = {},
) => it.call(by, 'POST', url, { payload, headers: { 'idempotency-key': idempotencyKey, ...headers } });

/** An upload; each without a key would be a job of its own. */
const upload = (idempotencyKey: string, content = 'not a film at all', fields: Record<string, string> = { priority: '4' }) => {
  // A boundary of its own each time, as clients do it.
  const boundary = randomUUID();
  const part = (disposition: string, body: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${body}\r\n`;
  const parts = [
    ...Object.entries(fields).map(([name, value]) => part(`name="${name}"`, value)),
    part('name="file"; filename="a.mp4"\r\nContent-Type: video/mp4', content),
  ];
  return it.call(it.keys.member, 'POST', '/api/v1/jobs/upload', {
    payload: `${parts.join('')}--${boundary}--\r\n`,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'idempotency-key': idempotencyKey },
  });
};

/** As a client does it whose first request takes long on a busy machine. */
async function whileInUse<T extends { statusCode: number; json(): { error?: { code: string } } }>(
  ask: () => Promise<T>,
): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer.statusCode !== 409 || answer.json().error?.code !== 'IDEMPOTENCY_KEY_IN_USE') return answer;
  }
}

test('fifty equal uploads at once make one job, and all get the same answer', { timeout: 120_000 }, async () => {
  const key = newKey();
  const answers = await Promise.all(Array.from({ length: 50 }, () => whileInUse(() => upload(key))));
  expect(new Set(answers.map(({ statusCode, body, headers }) => `${statusCode} ${headers.location} ${body}`)).size).toBe(1);
  expect(answers[0]?.statusCode).toBe(202);
  expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
  expect(await count('jobs')).toBe(1);
  expect(await it.gateway.keys('tenants/acme/')).toHaveLength(1);
});

test('fifty equal POSTs at once make one job', { timeout: 120_000 }, async () => {
  const key = newKey();
  const sourceKey = await source();
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => whileInUse(() => post(key, '/api/v1/jobs', { sourceKey, priority: 3 }))),
  );
  expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
  expect(answers.map(({ headers }) => headers['idempotency-replayed']).filter((each) => each === undefined)).toHaveLength(1);
  expect(await count('jobs')).toBe(1);
});

test('the first answer is given again though the job has gone on', async () => {
  const key = newKey();
  const sourceKey = await source();
  const first = await post(key, '/api/v1/jobs', { sourceKey });
  await it.call(it.keys.member, 'DELETE', `/api/v1/jobs/${first.json<ApiJob>().id}`);
  // The order of fields and a default that is said are no difference.
  const again = await post(key, '/api/v1/jobs', { priority: 5, sourceKey });
  expect([again.statusCode, again.body, again.headers.location]).toEqual([202, first.body, first.headers.location]);
  expect(again.headers['content-type']).toBe(first.headers['content-type']);
});

test('another body under the same key is refused', async () => {
  const key = newKey();
  const [sourceKey, other] = [await source(), await source()];
  await post(key, '/api/v1/jobs', { sourceKey });
  const refused = await post(key, '/api/v1/jobs', { sourceKey: other });
  expect([refused.statusCode, refused.json().error.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  const uploadKey = newKey();
  expect((await upload(uploadKey)).statusCode).toBe(202);
  for (const again of [await upload(uploadKey, 'another film'), await upload(uploadKey, undefined, { priority: '5' })]) {
    expect([again.statusCode, again.json().error.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  }
  expect(await count('jobs')).toBe(2);
});

test('a key belongs to its caller, its tenant and its route', async () => {
  const key = newKey();
  const sourceKey = await source();
  const { key: another } = await it.newKey('member');
  const answers = [
    await post(key, '/api/v1/jobs', { sourceKey }),
    await post(key, '/api/v1/jobs', { sourceKey }, { by: another }),
    await post(key, '/api/v1/jobs', { sourceKey }, { by: it.keys.admin, 'x-tenant-id': 'globex' }),
    await post(key, '/api/v1/jobs', { sourceKey }, { by: it.keys.admin, 'x-tenant-id': 'acme' }),
    await post(key, '/api/v1/jobs/batch', { jobs: [{ sourceKey }] }),
  ];
  expect(answers.map(({ headers }) => headers['idempotency-replayed'])).toEqual(answers.map(() => undefined));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202, 202, 202, 207]);
});

test('a refusal is an answer too, unless it passes', async () => {
  const key = newKey();
  const sourceKey = `${randomUUID()}.mp4`;
  const first = await post(key, '/api/v1/jobs', { sourceKey });
  expect(first.json().error.code).toBe('SOURCE_NOT_FOUND');
  await it.gateway.storage.write({ key: sourceKey }, Buffer.from('x'));
  expect((await post(key, '/api/v1/jobs', { sourceKey })).body).toBe(first.body);
  expect((await post(newKey(), '/api/v1/jobs', { sourceKey })).statusCode).toBe(202);

  const away = newKey();
  await it.own.database.query((db) => db.execute(sql`alter table jobs rename to elsewhere`));
  const failed = await post(away, '/api/v1/jobs', { sourceKey });
  await it.own.database.query((db) => db.execute(sql`alter table elsewhere rename to jobs`));
  expect(failed.statusCode).toBe(500);
  expect((await post(away, '/api/v1/jobs', { sourceKey })).statusCode).toBe(202);
});

test('an answer is given for a day', async () => {
  const key = newKey();
  const sourceKey = await source();
  await post(key, '/api/v1/jobs', { sourceKey });
  const since = (hours: number) =>
    it.own.database.query((db) => db.execute(sql`update idempotency_keys set since = now() - make_interval(hours => ${hours})`));
  await since(23);
  expect((await post(key, '/api/v1/jobs', { sourceKey })).headers['idempotency-replayed']).toBe('true');
  await since(25);
  expect((await post(key, '/api/v1/jobs', { sourceKey })).headers['idempotency-replayed']).toBeUndefined();
});

test('a request that is still running is waited for, and one that died is taken over', { timeout: 60_000 }, async () => {
  const key = newKey();
  const sourceKey = await source();
  await post(key, '/api/v1/jobs', { sourceKey });
  const unanswered = sql`update idempotency_keys set status = null, body = null, held_until = now() + interval '1 minute'`;
  await it.own.database.query((db) => db.execute(unanswered));
  const early = await post(key, '/api/v1/jobs', { sourceKey });
  expect([early.statusCode, early.json().error.code, early.headers['retry-after']]).toEqual([409, 'IDEMPOTENCY_KEY_IN_USE', '1']);
  await it.own.database.query((db) => db.execute(sql`update idempotency_keys set held_until = now() - interval '1 second'`));
  expect((await post(key, '/api/v1/jobs', { sourceKey })).statusCode).toBe(202);
});

test('a request that was taken over makes nothing', async () => {
  const sourceKey = await source();
  await it.own.database.query((db) =>
    db.execute(sql`
      create function take_over() returns trigger language plpgsql as $$ begin
        update idempotency_keys set holder = gen_random_uuid(); return null; end $$;
      create trigger take_over after insert on jobs for each statement execute function take_over()`),
  );
  const stalled = await post(newKey(), '/api/v1/jobs', { sourceKey });
  await it.own.database.query((db) => db.execute(sql`drop trigger take_over on jobs; drop function take_over`));
  expect([stalled.statusCode, stalled.json().error.code, await count('jobs')]).toEqual([409, 'IDEMPOTENCY_KEY_IN_USE', 0]);
});

test('what is no key is refused, and without one nothing is kept', async () => {
  const sourceKey = await source();
  for (const bad of ['', 'with space', 'ü', 'x'.repeat(256)]) {
    expect((await post(bad, '/api/v1/jobs', { sourceKey })).json().error.code).toBe('VALIDATION_FAILED');
  }
  await it.call(it.keys.member, 'POST', '/api/v1/jobs', { payload: { sourceKey } });
  expect(await count('idempotency_keys')).toBe(0);
});

test('an answer that holds a secret is kept only sealed', async () => {
  const kept = async () =>
    JSON.stringify((await it.own.database.query((db) => db.execute(sql`select body from idempotency_keys`))).rows);
  const openly = newKey();
  const first = await post(openly, '/api/v1/keys', { name: 'ci' });
  expect([first.statusCode, (await kept()).includes(first.json().key)]).toEqual([201, false]);
  const again = await post(openly, '/api/v1/keys', { name: 'ci' });
  expect([again.statusCode, again.json().error.code]).toEqual([409, 'CONFLICT']);

  const sealing = await openIdentityGateway({ settings: { auth: { issuer: 'http://gateway.test', secret } } });
  const ask = () =>
    sealing.call(sealing.keys.member, 'POST', '/api/v1/keys', { payload: { name: 'ci' }, headers: { 'idempotency-key': 'k' } });
  const made = await ask();
  const { rows } = await sealing.own.database.query((db) => db.execute(sql`select body from idempotency_keys`));
  expect(JSON.stringify(rows)).not.toContain(made.json().key);
  expect((await ask()).body).toBe(made.body);
  await sealing.close();
});

test('a batch makes what it can, says of each what became of it, and is answered as a whole', async () => {
  const [a, b] = [await source(), await source()];
  const payload = {
    jobs: [{ sourceKey: a }, { sourceKey: 'not-there.mp4' }, { sourceKey: b, profile: 'unknown' }, { sourceKey: b }],
  };
  const key = newKey();
  const answer = await post(key, '/api/v1/jobs/batch', payload);
  expect(answer.statusCode).toBe(207);
  const { accepted, refused, items } = answer.json();
  expect([accepted, refused]).toEqual([2, 2]);
  expect(items.map((item: { status: number; error: { code: string } | null }) => [item.status, item.error?.code])).toEqual([
    [202, undefined],
    [404, 'SOURCE_NOT_FOUND'],
    [422, 'PROFILE_UNKNOWN'],
    [202, undefined],
  ]);
  expect((await post(key, '/api/v1/jobs/batch', payload)).body).toBe(answer.body);
  const ids = (each: { json(): { items: { job: ApiJob | null }[] } }) => each.json().items.map(({ job }) => job?.id);
  expect(ids(await post(newKey(), '/api/v1/jobs/batch', payload))).toEqual(ids(answer));
  expect(await count('jobs')).toBe(2);
  for (const jobs of [[], Array.from({ length: 101 }, () => ({ sourceKey: a })), [{ sourceKey: a }, {}]]) {
    expect((await post(newKey(), '/api/v1/jobs/batch', { jobs })).statusCode).toBe(400);
  }
});
