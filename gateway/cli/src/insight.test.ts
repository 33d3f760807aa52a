import { expect, test } from 'vitest';
import { runCommand } from './testkit/run-command.ts';
import { answerJson } from './testkit/stub-gateway.ts';

const told = {
  profile: { name: 'films', version: 3 },
  renditions: [
    { name: '720p', kind: 'video', width: 1280, height: 720, maxBytes: 210_000_000 },
    { name: 'audio', kind: 'audio', width: null, height: null, maxBytes: 9_600_000 },
  ],
  tasks: 12,
  cpuSeconds: 600.4,
  maxOutputBytes: 219_600_000,
  queue: { slots: 4, cpuSecondsAhead: 30 },
  seconds: { wait: 8, work: 150, total: 158 },
};
const estimating = (answer: object) => ({ routes: { 'POST /api/v1/jobs/estimate': [answerJson(200, answer)] } });

test('an estimate is of a source that is described', async () => {
  const args = ['--duration', '600', '--size', '1920x1080', '--frame-rate', '29.97', '--channels', '2', '--channels', '6'];
  const { code, stdout, gateway } = await runCommand(
    estimating(told),
    'estimate',
    ...args,
    '--profile',
    'films',
    '--priority',
    '10',
  );
  expect(code).toBe(0);
  expect(JSON.parse(gateway.bodies[0] ?? '')).toEqual({
    source: {
      durationSeconds: 600,
      video: { width: 1920, height: 1080, frameRate: 29.97 },
      audio: [{ channels: 2 }, { channels: 6 }],
    },
    profile: 'films',
    priority: 10,
  });
  for (const said of ['films, version 3', '600 s', 'about 158 s', '1280x720', '219.6 MB']) expect(stdout).toContain(said);
});

test.each([
  [['s3://media/a.mp4', '--tenant', 'acme'], { sourceBucket: 'media', sourceKey: 'a.mp4' }],
  [['--duration', '60'], { source: { durationSeconds: 60, video: null } }],
  [
    ['--duration', '60', '--size', '320x180', '--silent'],
    { source: { durationSeconds: 60, video: { width: 320, height: 180 }, audio: [] } },
  ],
])('estimate %j asks what it says', async (args, body) => {
  const { stdout, gateway } = await runCommand(estimating(told), 'estimate', ...args, '--json');
  expect(JSON.parse(gateway.bodies[0] ?? '')).toEqual(body);
  expect(JSON.parse(stdout)).toEqual(told);
});

test('where no worker is there no time is told', async () => {
  const { stdout } = await runCommand(estimating({ ...told, seconds: null }), 'estimate', 's3:///a.mp4');
  expect(stdout).toContain('no worker is there');
});

test.each([
  [[]],
  [['s3:///a.mp4', '--duration', '60']],
  [['a.mp4']],
  [['--duration', '60', '--frame-rate', '25']],
  [['--duration', '60', '--silent', '--channels', '2']],
  [['--duration', '60', '--size', '1080p']],
])('estimate %j is a fault of usage', async (args) => {
  const { code, gateway } = await runCommand(estimating(told), 'estimate', ...args);
  expect([code, gateway.requests]).toEqual([2, []]);
});

const done = { completed: 7, failed: 1, cancelled: 0, sourceMinutes: 12.25, outputBytes: 5_000_000, cpuSeconds: 321 };
const stats = {
  scope: 'platform',
  at: '2026-01-01T00:00:00.000Z',
  jobs: { pending: 3 },
  queues: [{ pool: 'encode', waiting: 5, running: 2, waitingCpuSeconds: 99, oldestSeconds: 41 }],
  lastHour: done,
  workers: [{ pool: 'encode', seen: 2, quarantined: 1, slots: 4 }],
};

test('stats tells jobs, queues, the last hour and workers; a tenant hears of no workers', async () => {
  const routes = {
    'GET /api/v1/stats': [answerJson(200, stats), answerJson(200, { ...stats, workers: null }), answerJson(200, stats)],
  };
  const { code, stdout, gateway } = await runCommand({ routes }, 'stats', '--scope', 'platform');
  expect([code, gateway.requests]).toEqual([0, ['GET /api/v1/stats?scope=platform']]);
  expect(stdout).toMatch(/^pending +3$/m);
  expect(stdout).toMatch(/^encode +5 +2 +99 s +41 s$/m);
  expect(stdout).toMatch(/^ +7 +1 +0 +12\.\d min +5\.0 MB +321 s$/m);
  expect(stdout).toMatch(/^encode +2 +1 +4$/m);
  const { stdout: ofTenant } = await runCommand({ routes }, 'stats');
  expect(ofTenant).toMatch(/^encode +5 /m);
  expect(ofTenant).not.toContain('quarantined');
  expect(JSON.parse((await runCommand({ routes }, 'stats', '--json')).stdout)).toEqual(stats);
});

const nobody = { tenantId: null, keyId: null, keyName: null, day: null };
const usage = (by: string, ...items: object[]) => ({
  routes: {
    'GET /api/v1/usage': [
      answerJson(200, {
        scope: 'tenant',
        from: '2026-01-01',
        to: '2026-01-31',
        by,
        items: items.map((item) => ({ ...nobody, ...done, ...item })),
      }),
    ],
  },
});

test('usage is a line for each tenant, key or day', async () => {
  const args = ['--from', '2026-01-01', '--to', '2026-01-31', '--by', 'key', '--scope', 'tenant'];
  const keys = usage('key', { tenantId: 'acme', keyId: 'k1', keyName: 'cms \u001b[2J' }, { tenantId: 'acme' });
  const { code, stdout, gateway } = await runCommand(keys, 'usage', ...args);
  expect(code).toBe(0);
  expect(gateway.requests).toEqual(['GET /api/v1/usage?from=2026-01-01&to=2026-01-31&by=key&scope=tenant']);
  expect(stdout).toMatch(/^acme cms ·\[2J +7 +1 +0 /m);
  expect(stdout).toMatch(/^acme without a key +7 /m);
  expect((await runCommand(usage('day', { day: '2026-01-02' }), 'usage', '--by', 'day')).stdout).toMatch(/^2026-01-02 +7 /m);
  expect((await runCommand(usage('tenant', { tenantId: 'acme' }), 'usage')).stdout).toMatch(/^acme +7 /m);
  expect((await runCommand(usage('tenant'), 'usage')).stdout).toContain('Nothing was done.');
});

test('a tenant that is named is the one whose numbers are told', async () => {
  const routes = { 'GET /api/v1/stats': [answerJson(200, stats)], ...usage('tenant').routes };
  for (const command of ['stats', 'usage']) {
    const { gateway } = await runCommand({ routes }, command, '--tenant', 'acme');
    expect(gateway.requests).toEqual([`GET /api/v1/${command}?scope=tenant`]);
    expect(gateway.headers[0]).toMatchObject({ 'x-tenant-id': 'acme' });
  }
});

test.each([[['--tenant', 'acme', '--scope', 'platform']], [['--from', 'monday']], [['--by', 'hour']], [['--scope', 'all']]])(
  'usage %j is a fault of usage',
  async (args) => {
    const { code, gateway } = await runCommand(usage('tenant'), 'usage', ...args);
    expect([code, gateway.requests]).toEqual([2, []]);
  },
);
