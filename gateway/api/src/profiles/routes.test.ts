import { namedProfileSchema, profileListSchema } from '@streamflix/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestGateway } from '../testkit/test-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.open();
  await gateway.storage.write({ key: 'in/a.mp4' }, Buffer.from('a video'), { contentType: 'video/mp4' });
});
afterEach(() => gateway.close());

const own = { rungs: [{ shortSide: 480, ceilingKbps: 900 }], codecs: [{ codec: 'hevc', preset: 'fast' }] };
const put = (name: string, document: object) => gateway.call('PUT', `/api/v1/profiles/${name}`, document);

test('a profile is told with everything it left out, and counts how often it was written', async () => {
  const written = await put('own', own);
  expect(written.statusCode).toBe(200);
  const { name, version, profile } = namedProfileSchema.parse(written.json());
  expect([name, version]).toEqual(['own', 1]);
  expect(profile).toMatchObject({
    rungs: [{ shortSide: 480, ceilingKbps: 900, required: true }],
    codecs: [{ codec: 'hevc', preset: 'fast', crf: 26, bitDepth: 8, required: true, hardware: false }],
    segmentSeconds: 6,
  });
  expect((await gateway.call('GET', '/api/v1/profiles/own')).json()).toEqual(written.json());
  expect((await put('own', own)).json().version).toBe(2);
});

test("the list has the platform's profiles and the tenant's own", async () => {
  await put('own', own);
  const { items } = profileListSchema.parse((await gateway.call('GET', '/api/v1/profiles')).json());
  expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(['default', 'h264-hevc', 'av1', 'own']));
});

test.each([
  ['a misspelt field', 'own', { rung: [] }],
  ["another codec's preset", 'own', { codecs: [{ codec: 'vp9', preset: 'fast' }] }],
  ['a name that is none', 'Own%20one', own],
])('%s is refused', async (_, name, document) => {
  const answer = await put(name, document);
  expect([answer.statusCode, answer.json().error.code]).toEqual([400, 'VALIDATION_FAILED']);
});

test("what is deleted is gone, and the platform's cannot be", async () => {
  await put('own', own);
  expect((await gateway.call('DELETE', '/api/v1/profiles/own')).statusCode).toBe(204);
  for (const name of ['own', 'default']) expect((await gateway.call('DELETE', `/api/v1/profiles/${name}`)).statusCode).toBe(404);
  expect((await gateway.call('GET', '/api/v1/profiles/own')).statusCode).toBe(404);
});

const submit = (profile: string) => gateway.call('POST', '/api/v1/jobs', { sourceKey: 'in/a.mp4', profile });

test('a job is refused for a profile nobody knows, and made for one the tenant wrote', async () => {
  expect((await submit('own')).json().error).toMatchObject({ code: 'PROFILE_UNKNOWN', details: { profile: 'own' } });
  expect(gateway.jobs.rows.size).toBe(0);
  await put('own', own);
  expect((await submit('own')).statusCode).toBe(202);
});
