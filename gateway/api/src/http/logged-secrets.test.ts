import { createLogger } from '@streamflix/infra/telemetry';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestGateway, testKey } from '../testkit/test-gateway.ts';

let gateway: TestGateway;
let logged = '';
beforeAll(async () => {
  const logger = createLogger('gateway', 'trace', {
    write: (line: string) => {
      logged += line;
    },
  });
  gateway = await TestGateway.open({}, undefined, undefined, { logger });
});
afterAll(() => gateway.close());

const secret = 's3cr3t-that-nobody-may-read';
const signed = `https://store.example/bucket/a.mp4?X-Amz-Signature=${secret}&X-Amz-Credential=${secret}`;

test('no secret of a request comes into the logs, however the request ends', async () => {
  const headers = { authorization: `Bearer ${secret}`, 'x-api-key': secret, cookie: `session=${secret}` };
  const named = { 'x-api-key': testKey, authorization: `Bearer ${secret}` };
  const post = (url: string, payload: unknown, more: object = {}) =>
    gateway.app.inject({ method: 'POST', url, payload: payload as object, headers: named, ...more });
  const answers = [
    await gateway.app.inject({ url: `/api/v1/jobs?token=${secret}`, headers }),
    await gateway.app.inject({ url: `/nothing/${secret}?token=${secret}`, headers }),
    await gateway.app.inject({ url: `/media/x?X-Amz-Signature=${secret}`, headers }),
    await post('/api/v1/auth/login', { email: 'ann@example.com', password: secret }),
    await post('/api/v1/auth/refresh', { refreshToken: secret }),
    await post('/api/v1/auth/password/set', { token: secret, newPassword: secret }),
    await post('/api/v1/jobs', { sourceKey: 'a.mp4', webhookUrl: signed, password: secret }),
    await post('/api/v1/jobs', `{"password": "${secret}`, { headers: { ...named, 'content-type': 'application/json' } }),
    await post('/api/v1/jobs/upload', secret, { headers: { ...named, 'content-type': 'multipart/form-data; boundary=x' } }),
  ];
  expect(answers.map(({ statusCode }) => statusCode).every((status) => status >= 400)).toBe(true);
  expect(logged).toContain('"msg"');
  expect(logged).not.toContain(secret);
  expect(logged).not.toContain(testKey);
});
