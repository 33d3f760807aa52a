import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCommand } from './testkit/run-command.ts';
import { answerJson, jobInState } from './testkit/stub-gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'streamflix-submit-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'a.mp4'), 'a video');
writeFileSync(join(folder, 'poster.jpg'), 'a poster');

const pending = jobInState('pending');
const accepted = [answerJson(202, pending)];
const routes = { 'POST /api/v1/jobs': accepted, 'POST /api/v1/jobs/filesystem': accepted, 'POST /api/v1/jobs/upload': accepted };
const submit = (...args: string[]) => runCommand({ routes, folder }, 'submit', ...args);

test('an object, a URL and a folder go to their routes, with the key and the tenant that were said', async () => {
  const common = ['--idempotency-key', 'once', '--tenant', 'acme', '--deadline', '2030-01-31', '--json'];
  const body = { metadata: {}, deadlineAt: '2030-01-31T00:00:00Z' };
  for (const [args, path, source] of [
    [['s3://media/a.mp4'], '/api/v1/jobs', { sourceBucket: 'media', sourceKey: 'a.mp4' }],
    [['https://e.com/a.mp4'], '/api/v1/jobs', { source: { url: 'https://e.com/a.mp4' } }],
    [['x/a.mp4', '--from-folder', 'media'], '/api/v1/jobs/filesystem', { folder: 'media', path: 'x/a.mp4' }],
  ] as const) {
    const { code, stdout, gateway } = await submit(...args, ...common);
    expect([code, JSON.parse(stdout)]).toEqual([0, pending]);
    expect(gateway.requests).toEqual([`POST ${path}`]);
    expect(JSON.parse(gateway.bodies[0] ?? '')).toEqual({ ...source, ...body });
    expect(gateway.headers[0]).toMatchObject({ 'idempotency-key': 'once', 'x-tenant-id': 'acme', 'x-api-key': 'k' });
  }
});

test('a file goes up with its poster before it, and with the key', async () => {
  const { code, gateway } = await submit('a.mp4', '--thumbnail', 'poster.jpg', '--priority', '10', '--idempotency-key', 'once');
  expect(code).toBe(0);
  expect(gateway.headers[0]).toMatchObject({ 'idempotency-key': 'once' });
  const body = gateway.bodies[0] ?? '';
  expect(body.indexOf('a poster')).toBeGreaterThan(0);
  expect(body.indexOf('a poster')).toBeLessThan(body.indexOf('a video'));
  expect(body).toContain('name="priority"\r\n\r\n10\r\n');
});

test('without a key none is sent', async () => {
  const { gateway } = await submit('s3:///a.mp4');
  expect(gateway.headers[0]).not.toHaveProperty('idempotency-key');
  expect(gateway.headers[0]).not.toHaveProperty('x-tenant-id');
});

test.each([
  [['a.mp4', '--deadline', '2030-01-31']],
  [['a.mp4', '--thumbnail', 'absent.jpg']],
  [['s3:///a', '--thumbnail', 'poster.jpg']],
  [['s3:///a', '--deadline', 'soon']],
  [['s3://a']],
  [['s3:///a', '--priority', 'high']],
  [['https://e.com/a', '--from-folder', 'media']],
])('%j is a fault of usage, told before anything is sent', async (args) => {
  const { code, stderr, gateway } = await submit(...args);
  expect([code, gateway.requests]).toEqual([2, []]);
  expect(stderr).not.toBe('');
});

test.each([
  ['a.mp4', 'POST /api/v1/jobs/upload', 'nothing was submitted'],
  ['s3:///a.mp4', 'POST /api/v1/jobs', 'whether there is a job is not known'],
])('Ctrl-C while %s is submitted says what is left', async (source, route, left) => {
  const interruption = new AbortController();
  const circumstances = { routes: { [route]: [() => interruption.abort(new Error('interrupted'))] }, folder, interruption };
  const { code, stderr } = await runCommand(circumstances, 'submit', source);
  expect(code).not.toBe(0);
  expect(stderr).toContain(`Interrupted: ${left}.`);
});

const job = { sourceKey: 'a.mp4' };
const taken = { status: 202, job: pending, error: null };
const refused = { status: 404, job: null, error: { code: 'SOURCE_NOT_FOUND', message: 'No \u001b[2J object.', details: {} } };
const batchRoutes = (...items: object[]) => ({
  'POST /api/v1/jobs/batch': [
    answerJson(207, { accepted: items.length, refused: items.filter((item) => item === refused).length, items }),
  ],
});

test('a batch is a line for each, and one refused is exit code 1', async () => {
  const input = JSON.stringify({ jobs: [job, job] });
  const circumstances = { routes: batchRoutes(taken, refused), input };
  const { code, stdout, gateway } = await runCommand(circumstances, 'submit-batch', '-', '--idempotency-key', 'once');
  expect(code).toBe(1);
  expect(stdout).toBe(`1  202  ${pending.id}  pending  v1\n2  404  SOURCE_NOT_FOUND: No ·[2J object.\n`);
  expect(JSON.parse(gateway.bodies[0] ?? '')).toEqual({ jobs: [job, job] });
  expect(gateway.headers[0]).toMatchObject({ 'idempotency-key': 'once' });
});

test('a batch of which all is taken succeeds; a file may hold only the list; --json prints the answer', async () => {
  writeFileSync(join(folder, 'jobs.json'), JSON.stringify([job]));
  const { code, stdout, gateway } = await runCommand(
    { routes: batchRoutes(taken), folder },
    'submit-batch',
    'jobs.json',
    '--json',
  );
  expect([code, JSON.parse(stdout)]).toEqual([0, { accepted: 1, refused: 0, items: [taken] }]);
  expect(JSON.parse(gateway.bodies[0] ?? '')).toEqual({ jobs: [job] });
});

test.each([['-'], ['absent.json']])('a batch of %s that cannot be read is a fault of usage', async (file) => {
  const { code, gateway } = await runCommand({ folder, input: 'no JSON' }, 'submit-batch', file);
  expect([code, gateway.requests]).toEqual([2, []]);
});
