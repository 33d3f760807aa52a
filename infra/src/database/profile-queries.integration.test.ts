import { profileSchema } from '@streamflix/contracts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database.ts';
import { deleteProfile, findProfile, listProfiles, putProfile } from './profile-queries.ts';

let test_: TestDatabase;
beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.drop());
beforeEach(() => test_.database.query((db) => db.execute(sql`truncate profiles`)));

const small = profileSchema.parse({ rungs: [{ shortSide: 480, ceilingKbps: 900 }] });
const find = (name: string | null, tenantId = 'acme') => findProfile(test_.database, tenantId, name);
const put = (name: string, tenantId = 'acme') => putProfile(test_.database, tenantId, name, small);

test('who names no profile has the default, its own before that of the platform', async () => {
  expect(await find(null)).toMatchObject({ name: 'default', version: 0 });
  await put('default');
  expect(await find(null)).toEqual({ name: 'default', version: 1, profile: small });
  expect(await find(null, 'globex')).toMatchObject({ version: 0 });
  expect(await deleteProfile(test_.database, 'acme', 'default')).toBe(true);
  expect(await find(null)).toMatchObject({ version: 0 });
});

test('a profile counts how often it was written, and belongs to one tenant', async () => {
  for (const version of [1, 2]) expect(await put('own')).toEqual({ name: 'own', version, profile: small });
  expect(await find('own')).toMatchObject({ version: 2 });
  expect(await find('own', 'globex')).toBeNull();
  expect(await deleteProfile(test_.database, 'globex', 'own')).toBe(false);
  const names = async (tenantId: string) => (await listProfiles(test_.database, tenantId)).map(({ name }) => name);
  expect(await names('acme')).toContain('own');
  expect(await names('globex')).not.toContain('own');
  expect((await names('acme')).filter((name) => name === 'default')).toHaveLength(1);
});

test('a document of before a field was known has its default', async () => {
  await test_.database.query((db) =>
    db.execute(
      sql`insert into profiles (tenant_id, name, document) values ('acme', 'old', '{"rungs": [{"shortSide": 480, "ceilingKbps": 900}]}')`,
    ),
  );
  expect((await find('old'))?.profile).toEqual(small);
});

test('a tenant has so many profiles and no more', async () => {
  for (let index = 0; index < 100; index += 1) await put(`p${index}`);
  await expect(put('one-more')).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  expect(await find('one-more')).toBeNull();
  expect(await put('p0')).toMatchObject({ version: 2 });
});
