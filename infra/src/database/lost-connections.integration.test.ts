import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestLogger } from '../telemetry/index.ts';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database.ts';
import { CommitUnknown, type Database, openDatabase, type Queries } from './index.ts';

let test_: TestDatabase;
let single: Database;

beforeAll(async () => {
  test_ = await createTestDatabase();
  single = openDatabase({ url: test_.url, poolSize: 1 }, { name: 'single', logger: createTestLogger() });
});
afterAll(async () => {
  await single.close();
  await test_.drop();
});

type Answering = Pick<Queries, 'execute'>;

const backendOf = async (db: Answering): Promise<number> =>
  (await db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)).rows[0]?.pid ?? 0;

const codeOf = ({ code }: { code?: string }) => code;

/** What a connection is about. */
const queryOf = async (pid: number): Promise<string | undefined> => {
  const asked = sql`select query from pg_stat_activity where pid = ${pid}`;
  return (await test_.database.query((db) => db.execute<{ query: string }>(asked))).rows[0]?.query;
};

const terminate = (pid: number) => test_.database.query((db) => db.execute(sql`select pg_terminate_backend(${pid})`));

test('a connection that ends in the middle of a transaction is a database that is away, and the next transaction gets another', async () => {
  const doomed = single.transaction(async (db) => {
    await terminate(await backendOf(db));
    // Whether the next statement meets the end or finds the connection closed: the process lives on.
    await expect
      .poll(() =>
        db.execute(sql`select 1`).then(
          () => 'alive',
          () => 'gone',
        ),
      )
      .toBe('gone');
    await db.execute(sql`select 1`);
  });
  await expect(doomed).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  expect(await single.transaction(backendOf)).toBeGreaterThan(0);
});

test('a connection that ends while it commits leaves open whether it did', async () => {
  await single.query((db) =>
    db.execute(
      sql.raw(`create table slow_to_commit (id int);
      create function sleep_at_commit() returns trigger language plpgsql as $$ begin perform pg_sleep(20); return null; end $$;
      create constraint trigger sleeps after insert on slow_to_commit deferrable initially deferred
        for each row execute function sleep_at_commit()`),
    ),
  );
  let pid = 0;
  const doomed = single.transaction(async (db) => {
    pid = await backendOf(db);
    await db.execute(sql`insert into slow_to_commit values (1)`);
  });
  const settled = Promise.allSettled([doomed]);
  await expect.poll(() => queryOf(pid)).toBe('commit');
  await terminate(pid);
  const [end] = await settled;
  expect(end).toMatchObject({ status: 'rejected', reason: expect.any(CommitUnknown) });
  // What fails before does not.
  const gone = sql.raw(`do $$ begin raise exception 'no' using errcode = '57P01'; end $$`);
  const failed = await single.transaction((db) => db.execute(gone)).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  expect(failed).not.toBeInstanceOf(CommitUnknown);
});

test('a transaction that nobody goes on with gives its locks back', async () => {
  const { rows } = await single.query((db) =>
    db.execute<{ limit: string }>(sql`select current_setting('idle_in_transaction_session_timeout') as limit`),
  );
  expect(rows[0]?.limit).toBe('20s');
});

test.each([
  ['read only, as a server is that was just demoted', '25006'],
  ['too busy to answer within the statement timeout', '57014'],
  ['refusing the password while it is being changed', '28P01'],
  ['waiting for a lock too long', '55P03'],
  ['still deadlocked after every repetition', '40P01'],
])('a server that is %s is away', async (_, state) => {
  const raise = sql.raw(`do $$ begin raise exception 'no' using errcode = '${state}'; end $$`);
  await expect(single.query((db) => db.execute(raise))).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  await expect(single.transaction((db) => db.execute(raise))).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
});

test('all who look something up share a connection, and get another when it ends', async () => {
  const tenant = single.forTenant('acme');
  const backends = async () => new Set(await Promise.all(Array.from({ length: 20 }, () => tenant.lookUp(backendOf))));
  const [pid = 0, ...others] = await backends();
  expect(others).toEqual([]);
  // While nobody asks. Whoever asks before word of it has come is told that the database is away; nobody is for long.
  await terminate(pid);
  await expect.poll(() => backends().then(([next]) => next, codeOf)).not.toBeOneOf([pid, 'DATABASE_UNAVAILABLE']);
  const [next = 0] = await backends();
  // While many do: they are told, and the next ones are answered.
  const both = Promise.allSettled([tenant.lookUp((db) => db.execute(sql`select pg_sleep(20)`)), tenant.lookUp(backendOf)]);
  await expect.poll(() => queryOf(next)).toContain('pg_sleep');
  await terminate(next);
  for (const settled of await both) {
    expect(settled).toMatchObject({ status: 'rejected', reason: { code: 'DATABASE_UNAVAILABLE' } });
  }
  expect(await tenant.lookUp(backendOf)).not.toBe(next);
});
