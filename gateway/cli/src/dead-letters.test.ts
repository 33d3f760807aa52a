import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { ApiDeadLetterDetail } from '@streamflix/contracts';
import { afterEach, expect, test, vi } from 'vitest';
import { type Answer, answerJson, type StubGateway, startStubGateway } from './testkit/stub-gateway.ts';

// Each run starts a process; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const main = join(import.meta.dirname, 'main.ts');
const id = '018f0000-0000-7000-8000-000000000001';
const signature = '29741b39182b6516';
let gateway: StubGateway | undefined;
afterEach(() => gateway?.close());

const bytes = (text: string) => ({ sizeBytes: text.length, hex: Buffer.from(text).toString('hex'), text });
const letter: ApiDeadLetterDetail = {
  ...{
    id,
    kind: 'event',
    state: 'new',
    code: 'MESSAGE_UNDECODABLE',
    message: 'no \u001b[2J Avro',
    signature,
    attempts: 1,
    replays: 0,
  },
  ...{ tenantId: null, videoId: null, jobId: null, eventId: null, taskId: null, pool: null },
  origin: { topic: 'video.uploaded', partition: 3, offset: '17', group: 'ingest', publishedAt: '2026-01-01T00:00:00.000Z' },
  ...{ firstSeenAt: '2026-01-01T00:00:00.000Z', lastSeenAt: '2026-01-02T00:00:00.000Z', createdAt: '2026-01-02T00:00:00.000Z' },
  content: { key: bytes('v1'), value: bytes('a\u001b[2J'), headers: [], event: null, undecodable: 'no Avro' },
};

async function run(routes: Record<string, Answer[]>, ...args: string[]) {
  gateway = await startStubGateway(routes);
  const env = { PATH: process.env.PATH ?? '', GATEWAY_URL: gateway.url, API_KEY: 'k' };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [main, 'dead-letters', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

test('list is a table, one letter a line, and says how it goes on', async () => {
  const routes = { 'GET /api/v1/dead-letters': [answerJson(200, { items: [letter], nextCursor: 'next' })] };
  const { stdout } = await run(routes, 'list', '--state', 'new', '--signature', signature);
  expect(stdout.split('\n').filter((line) => line.includes(id) && line.includes('video.uploaded'))).toHaveLength(1);
  expect(stdout).toContain('--cursor next');
  expect(gateway?.requests).toEqual([`GET /api/v1/dead-letters?limit=20&state=new&signature=${signature}`]);
});

test('list --group counts by signature', async () => {
  const { firstSeenAt, lastSeenAt } = letter;
  const group = {
    signature,
    code: 'X',
    message: 'm',
    from: ['video.uploaded'],
    total: 3,
    states: { new: 2, parked: 1 },
    firstSeenAt,
    lastSeenAt,
  };
  const { stdout } = await run({ 'GET /api/v1/dead-letters': [answerJson(200, { groups: [group] })] }, 'list', '--group');
  expect(stdout).toContain('2 new, 1 parked');
  expect(gateway?.requests[0]).toContain('group=signature');
});

test('show tells all of a letter, and what strangers wrote does not steer the terminal', async () => {
  const { stdout } = await run({ [`GET /api/v1/dead-letters/${id}`]: [answerJson(200, letter)] }, 'show', id);
  for (const part of ['video.uploaded partition 3 offset 17, by ingest', 'no Avro', signature]) expect(stdout).toContain(part);
  expect(stdout).not.toContain('\u001b');
});

test('show --json is the document as the gateway gave it', async () => {
  const { stdout } = await run({ [`GET /api/v1/dead-letters/${id}`]: [answerJson(200, letter)] }, 'show', id, '--json');
  expect(JSON.parse(stdout)).toEqual(letter);
});

test.each<[string, string[], boolean]>([
  ['without --yes', [], true],
  ['with --yes', ['--yes'], false],
])('replay %s says how many and how long', async (_, flags, dryRun) => {
  const answer = answerJson(200, { dryRun, letters: 20, passedOver: { parked: 2 }, durationSeconds: 9.5, actionId: null });
  const { stdout, code } = await run(
    { 'POST /api/v1/dead-letters/replay': [answer] },
    'replay',
    '--signature',
    signature,
    ...flags,
  );
  expect(code).toBe(0);
  expect(stdout).toContain(dryRun ? '20 letters would be replayed within 10 s' : '20 letters will be replayed within 10 s');
  expect(stdout).toContain('2 parked');
  expect(gateway?.bodies.map((body) => JSON.parse(body))).toEqual([{ signature, dryRun }]);
});

test('park names what it parked', async () => {
  const { stdout } = await run(
    { 'POST /api/v1/dead-letters/park': [answerJson(200, { letters: 1, passedOver: {} })] },
    'park',
    id,
  );
  expect(stdout).toContain('1 letter parked.');
});

test.each(['replay', `replay ${id} --signature ${signature}`, 'park', 'nonsense'])('%s is a fault of usage', async (line) => {
  expect((await run({}, ...line.split(' '))).code).toBe(2);
  expect(gateway?.requests).toEqual([]);
});
