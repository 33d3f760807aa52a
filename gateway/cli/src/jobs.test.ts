import { expect, test } from 'vitest';
import { runCommand } from './testkit/run-command.ts';
import { type Answer, answerJson, jobInState } from './testkit/stub-gateway.ts';

const { id } = jobInState('completed');
const jobUrl = `/api/v1/jobs/${id}`;
const list = (total: object | null) => ({
  'GET /api/v1/jobs': [answerJson(200, { items: [jobInState('completed')], nextCursor: null, next: null, total })],
});

test('jobs asks with every filter of the API', async () => {
  const args = [
    ...['--state', 'failed', '--video-id', 'v1', '--profile', 'films', '--metadata', 'a=b=c', '--metadata', 'd=&e'],
    ...['--created-from', '2030-01-31', '--created-to', '2030-02-01T00:00:00+02:00'],
    ...['--sort', 'priority', '--order', 'asc', '--limit', '5', '--offset', '10', '--total', '--tenant', 'acme'],
  ];
  const { code, stdout, gateway } = await runCommand({ routes: list({ count: 12, isExact: true }) }, 'jobs', ...args);
  expect(code).toBe(0);
  expect(stdout).toMatch(/\nTotal: 12\n$/);
  const query = new URL(gateway.requests[0]?.slice('GET '.length) ?? '', gateway.url).searchParams;
  expect(query.getAll('metadata')).toEqual(['a=b=c', 'd=&e']);
  query.delete('metadata');
  expect(Object.fromEntries(query)).toEqual({
    ...{ state: 'failed', videoId: 'v1', profile: 'films' },
    ...{ createdFrom: '2030-01-31T00:00:00Z', createdTo: '2030-02-01T00:00:00+02:00' },
    ...{ sort: 'priority', order: 'asc', limit: '5', offset: '10', total: 'true' },
  });
  expect(gateway.headers[0]).toMatchObject({ 'x-tenant-id': 'acme' });
});

test('a count that stopped says so, and --json prints the page as it came', async () => {
  const routes = list({ count: 10_000, isExact: false });
  expect((await runCommand({ routes }, 'jobs', '--total')).stdout).toContain('Total: more than 10000');
  expect(JSON.parse((await runCommand({ routes }, 'jobs', '--total', '--json')).stdout)).toMatchObject({
    items: [{ id }],
    total: { count: 10_000, isExact: false },
  });
});

test.each([
  [['--state', 'lost']],
  [['--sort', 'name']],
  [['--created-from', 'yesterday']],
  [['--metadata', 'title']],
  [['--cursor', 'c', '--offset', '3']],
])('jobs %j is a fault of usage', async (args) => {
  const { code, gateway } = await runCommand({ routes: list(null) }, 'jobs', ...args);
  expect([code, gateway.requests]).toEqual([2, []]);
});

const step = {
  at: '2026-01-01T00:00:00.000Z',
  task: 'video-3',
  subject: 'task',
  from: 'running',
  to: 'failed',
  traceparent: null,
};
const history = { items: [{ ...step, who: 'encode-1', why: 'no \u001b[2J memory' }], nextCursor: '17' };

test('history is a table, one step a line, and says how it goes on', async () => {
  const routes = { [`GET ${jobUrl}/history`]: [answerJson(200, history)] };
  const { stdout, gateway } = await runCommand({ routes }, 'history', id, '--limit', '1', '--cursor', '9');
  expect(stdout).toMatch(/^2026-01-01T00:00:00.000 {2}video-3 {2}running {2}failed {2}encode-1 {2}no ·\[2J memory$/m);
  expect(stdout).toMatch(/\nMore: --cursor 17\n$/);
  expect(gateway.requests).toEqual([`GET ${jobUrl}/history?limit=1&cursor=9`]);
  expect(JSON.parse((await runCommand({ routes }, 'history', id, '--json')).stdout)).toEqual(history);
});

const gone: Answer = (_, response) => response.writeHead(204).end();
const deleting = { [`DELETE ${jobUrl}`]: [gone] };

test('delete asks at a terminal, and only a yes deletes', async () => {
  for (const [input, requests, code] of [
    ['y\n', [`DELETE ${jobUrl}?purge=true&cancel=false`], 0],
    ['YES\n', [`DELETE ${jobUrl}?purge=true&cancel=false`], 0],
    ['\n', [], 130],
    ['yesterday\n', [], 130],
    ['', [], 130],
  ] as const) {
    const outcome = await runCommand({ routes: deleting, input, isTerminal: true }, 'delete', id);
    expect([outcome.gateway.requests, outcome.code], JSON.stringify(input)).toEqual([requests, code]);
    expect(outcome.stderr).toContain(`Delete job ${id}`);
  }
});

test('a script says --yes, and --cancel for a job that has not ended', async () => {
  const { code, stdout, stderr, gateway } = await runCommand({ routes: deleting }, 'delete', id, '--yes', '--cancel', '--json');
  expect([code, JSON.parse(stdout), stderr]).toEqual([0, { id, deleted: true }, '']);
  expect(gateway.requests).toEqual([`DELETE ${jobUrl}?purge=true&cancel=true`]);
});

test('where nobody can be asked nothing is deleted', async () => {
  const { code, stderr, gateway } = await runCommand({ routes: deleting, input: 'y\n' }, 'delete', id);
  expect([code, gateway.requests]).toEqual([2, []]);
  expect(stderr).toContain('--yes');
});
