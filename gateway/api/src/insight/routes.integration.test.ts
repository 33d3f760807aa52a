import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IdentityGateway, openIdentityGateway } from '../testkit/identity-gateway.ts';

let it: IdentityGateway;
beforeAll(async () => {
  it = await openIdentityGateway();
});
afterAll(() => it.close());

const own = { headers: { 'x-tenant-id': 'acme' } };
async function submit(key = it.keys.member): Promise<string> {
  const sourceKey = `tenants/acme/${randomUUID()}.mp4`;
  await it.gateway.storage.write({ key: sourceKey }, Buffer.from('a video'));
  return (await it.call(key, 'POST', '/api/v1/jobs', { payload: { sourceKey } })).json().id;
}
const video = { width: 1280, height: 720, frameRate: 25 };
const estimate = (payload: object, key = it.keys.member) => it.call(key, 'POST', '/api/v1/jobs/estimate', { payload });

test('a job that was just submitted waits to be taken in; once cancelled it says by whom', async () => {
  const jobId = await submit();
  const url = `/api/v1/jobs/${jobId}/explain`;
  expect((await it.call(it.keys.member, 'GET', url)).json()).toMatchObject({ jobId, reasons: [{ code: 'not-taken-in' }] });
  await it.call(it.keys.member, 'DELETE', `/api/v1/jobs/${jobId}`);
  expect((await it.call(it.keys.viewer, 'GET', url, own)).json().headline).toContain('key:a member cancelled the job');
});

test("another tenant's job, an unknown one and no id at all are not explained", async () => {
  const jobId = await submit();
  const { key } = await it.newKey('member', { tenantId: 'globex' });
  for (const id of [jobId, randomUUID(), 'x'])
    expect((await it.call(key, 'GET', `/api/v1/jobs/${id}/explain`)).json().error.code).toBe('NOT_FOUND');
});

test('usage names the key that submitted, with its name; minutes and bytes are of what completed', async () => {
  const { id, key } = await it.newKey('member');
  const jobId = await submit(key);
  await it.call(key, 'DELETE', `/api/v1/jobs/${jobId}`);
  const answer = await it.call(key, 'GET', '/api/v1/usage?by=key');
  expect(answer.json().items.find((item: { keyId: string }) => item.keyId === id)).toMatchObject({
    ...{ tenantId: 'acme', keyName: 'a member', completed: 0, cancelled: 1, sourceMinutes: 0, outputBytes: 0 },
  });
});

test('a member sees its own numbers and may not ask for all; a platform role sees all', async () => {
  const scopeOf = async (key: string, query = '') => {
    const answer = await it.call(key, 'GET', `/api/v1/stats${query}`);
    return answer.json().scope ?? answer.json().error.code;
  };
  expect(await scopeOf(it.keys.member)).toBe('tenant');
  expect(await scopeOf(it.keys.member, '?scope=platform')).toBe('FORBIDDEN');
  expect(await scopeOf(it.keys.viewer)).toBe('platform');
  expect(await scopeOf(it.keys.viewer, '?scope=tenant')).toBe('tenant');
});

test.each(['from=2026-02-01&to=2026-01-01', 'from=2020-01-01&to=2026-01-01', 'by=week', 'from=yesterday'])(
  'usage of %s is refused',
  async (query) => {
    const answer = await it.call(it.keys.member, 'GET', `/api/v1/usage?${query}`);
    expect([answer.statusCode, answer.json().error.code]).toEqual([400, 'VALIDATION_FAILED']);
  },
);

test('an estimate tells the rungs, what they cost and that nobody is there to make them', async () => {
  const answer = await estimate({ source: { durationSeconds: 60, video } });
  expect(answer.statusCode).toBe(200);
  const { renditions, cpuSeconds, maxOutputBytes, seconds } = answer.json();
  expect(renditions.map(({ name }: { name: string }) => name)).toEqual(['720p', '480p', '360p', '240p', 'audio', 'images']);
  expect(cpuSeconds).toBeGreaterThan(10);
  expect(maxOutputBytes).toBeGreaterThan((60 * 5_000_000) / 8);
  expect(seconds).toBeNull();
});

test.each([
  [{ source: { durationSeconds: 60, video }, profile: 'none' }, 422, 'PROFILE_UNKNOWN'],
  [{ sourceKey: 'tenants/acme/never-seen.mp4' }, 404, 'SOURCE_NOT_FOUND'],
  [{ sourceKey: 'tenants/globex/a.mp4' }, 403, 'SOURCE_FORBIDDEN'],
  [{}, 400, 'VALIDATION_FAILED'],
  [{ source: { durationSeconds: 60, video }, sourceKey: 'a.mp4' }, 400, 'VALIDATION_FAILED'],
  [{ source: { durationSeconds: -1, video: null } }, 400, 'VALIDATION_FAILED'],
])('an estimate of %j is refused', async (payload, status, code) => {
  const answer = await estimate(payload);
  expect([answer.statusCode, answer.json().error.code]).toEqual([status, code]);
});
