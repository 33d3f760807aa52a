import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toFinding } from '@streamflix/contracts';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type Answer, answerEvents, answerJson, jobInState, type StubGateway, startStubGateway } from './testkit/stub-gateway.ts';

// Each run starts a process; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const main = join(import.meta.dirname, 'main.ts');
const { id } = jobInState('pending');
const jobUrl = `/api/v1/jobs/${id}`;
let dir: string;
let file: string;
let gateway: StubGateway | undefined;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cli-'));
  file = join(dir, 'a.mp4');
  await writeFile(file, 'a video');
});
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});
afterAll(() => rm(dir, { recursive: true }));

const environment = (url: string) => ({ PATH: process.env.PATH ?? '', GATEWAY_URL: url, API_KEY: 'k' });

/** The command as a script runs it: a process of its own, its output not a terminal. */
function run(url: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { env: environment(url), cwd: dir }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

const start = async (routes: Record<string, Answer[]>): Promise<string> => {
  gateway = await startStubGateway({ 'POST /api/v1/jobs/upload': [answerJson(202, jobInState('pending'))], ...routes });
  return gateway.url;
};

test('submit --wait --json prints the ended job and nothing else, and succeeds', async () => {
  const done = jobInState('completed', { progress: 1 });
  const url = await start({ [`GET ${jobUrl}/events`]: [answerEvents(['job', jobInState('pending')], ['end', done])] });
  const { code, stdout, stderr } = await run(url, 'submit', file, '--wait', '--json');
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toEqual(done);
});

test.each(['failed', 'cancelled'] as const)('a job that ended %s is exit code 1, and its document is printed', async (state) => {
  const url = await start({ [`GET ${jobUrl}/events`]: [answerEvents(['end', jobInState(state)])] });
  const { code, stdout } = await run(url, 'submit', file, '--wait', '--json');
  expect([code, JSON.parse(stdout).state]).toEqual([1, state]);
});

test('where events break off the job is asked for until it has ended', async () => {
  const url = await start({
    [`GET ${jobUrl}/events`]: [
      answerEvents(['job', jobInState('transcoding')]),
      answerJson(503, { error: { code: 'DATABASE_UNAVAILABLE', message: 'x', details: {} } }),
    ],
    [`GET ${jobUrl}`]: [
      answerJson(200, jobInState('transcoding')),
      answerJson(502, 'a proxy'),
      answerJson(200, jobInState('completed')),
    ],
  });
  const { code, stdout, stderr } = await run(url, 'submit', file, '--wait');
  expect(code).toBe(0);
  expect(stdout).toContain('completed');
  expect(stderr).toContain('transcoding');
});

test('without --wait the accepted job is enough', async () => {
  const url = await start({});
  expect(await run(url, 'submit', file)).toMatchObject({ code: 0, stdout: expect.stringContaining(id) });
});

test('usage is exit code 2', async () => {
  const url = await start({});
  for (const args of [
    ['submit'],
    ['nonsense'],
    ['submit', 'absent.mp4'],
    ['submit', file, '--metadata', 'x'],
    ['jobs', '--limit', 'many'],
    ['submit', file, '--colour'],
  ]) {
    expect((await run(url, ...args)).code, args.join(' ')).toBe(2);
  }
  expect(gateway?.requests).toEqual([]);
});

test('help is no fault, and says where the gateway is taken from', async () => {
  const { code, stdout } = await run('http://127.0.0.1:9', '--help');
  expect(code).toBe(0);
  expect(stdout).toContain('.local/stack.env');
  expect((await run('http://127.0.0.1:9', 'submit', '--help')).stdout).toContain('--wait');
});

test('a gateway that is away or refuses is exit code 3, in a sentence', async () => {
  const away = await run('http://127.0.0.1:9', 'jobs');
  expect(away).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('does not answer') });
  const url = await start({
    'GET /api/v1/jobs': [answerJson(401, { error: { code: 'UNAUTHENTICATED', message: 'No valid API key.', details: {} } })],
  });
  expect(await run(url, 'jobs')).toMatchObject({ code: 3, stderr: 'streamflix: UNAUTHENTICATED: No valid API key.\n' });
  expect(await run(url, 'job', id)).toMatchObject({ code: 3, stderr: expect.stringContaining('NOT_FOUND') });
});

test('jobs, job, priority and cancel ask what they say', async () => {
  const url = await start({
    'GET /api/v1/jobs': [
      answerJson(200, { items: [jobInState('failed')], nextCursor: 'next', next: '/api/v1/jobs?cursor=next', total: null }),
    ],
    [`GET ${jobUrl}`]: [answerJson(200, jobInState('pending'))],
    [`PATCH ${jobUrl}`]: [answerJson(200, jobInState('pending', { priority: 10 }))],
    [`DELETE ${jobUrl}`]: [answerJson(202, jobInState('cancelled'))],
  });
  expect((await run(url, 'jobs', '--state', 'failed', '--limit', '3')).stdout).toMatch(
    new RegExp(`${id}  failed.*\nMore: --cursor next`),
  );
  expect(JSON.parse((await run(url, 'job', id, '--json')).stdout).state).toBe('pending');
  expect((await run(url, 'priority', id, '10')).stdout).toBe(`${id} has priority 10.\n`);
  expect((await run(url, 'cancel', id)).stdout).toBe(`${id} is cancelled.\n`);
  expect(gateway?.requests).toEqual([
    'GET /api/v1/jobs?limit=3&state=failed',
    `GET ${jobUrl}`,
    `PATCH ${jobUrl}`,
    `DELETE ${jobUrl}`,
  ]);
});

test('Ctrl-C while waiting leaves the job running and says how to go on', async () => {
  const opened = Promise.withResolvers<void>();
  const url = await start({
    [`GET ${jobUrl}/events`]: [
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`event: job\ndata: ${JSON.stringify(jobInState('transcoding'))}\n\n`);
        opened.resolve();
      },
    ],
  });
  const child = spawn(process.execPath, [main, 'submit', file, '--wait'], {
    env: environment(url),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  await opened.promise;
  child.kill('SIGINT');
  expect(await exited).toBe(130);
  expect(stderr).toContain(`cancel ${id}`);
  expect(gateway?.requests.filter((line) => line.startsWith('DELETE'))).toEqual([]);
});

const finding = { type: 'finding', ...toFinding(id, 'object-missing', 'package v1 is published', 'store: 720p/seg-00001.m4s') };
const progress = { type: 'progress', jobs: 1, findings: 0 };
const summaryOf = (findings: number) => ({ type: 'summary', jobs: 3, findings, changing: 0 });
const verifying = (...lines: object[]) => ({
  'GET /api/v1/verification': [
    ((_request, response) => response.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))) satisfies Answer,
  ],
});

test('verify prints each disagreement with what to do, and its exit code tells of them', async () => {
  const url = await start(verifying(progress, finding, summaryOf(1)));
  const { code, stdout } = await run(url, 'verify', '--since', '2h', '--job', id);
  expect(code).toBe(1);
  expect(stdout).toContain(
    `object-missing  job ${id}\n  database: package v1 is published\n  store: 720p/seg-00001.m4s\n  Restore`,
  );
  expect(stdout).toMatch(/1 disagreement; 3 jobs looked at\.\n$/);
  expect(gateway?.requests).toEqual([`GET /api/v1/verification?since=2h&jobId=${id}`]);
});

test('verify succeeds where all agree; with --json it prints documents alone', async () => {
  const url = await start(verifying(progress, summaryOf(0)));
  const { code, stdout, stderr } = await run(url, 'verify', '--json');
  expect([code, stderr, JSON.parse(stdout)]).toEqual([0, '', summaryOf(0)]);
});

test.each([
  ['breaks off', [finding]],
  ['tells of a server that is away', [finding, { type: 'error', code: 'STORE_UNAVAILABLE', message: 'away' }]],
])('a verification that %s is neither agreement nor disagreement', async (_, lines) => {
  expect((await run(await start(verifying(...lines)), 'verify')).code).toBe(3);
});

test('retry asks for the renditions and single tasks that are named', async () => {
  const url = await start({ [`POST ${jobUrl}/retry`]: [answerJson(202, jobInState('retrying'))] });
  const { code, stdout } = await run(url, 'retry', id, '--task', 'video-3', 'audio', '--rendition', '720p');
  expect([code, stdout]).toEqual([0, `${id} is retrying.\n`]);
  expect(gateway?.bodies.map((body) => JSON.parse(body))).toEqual([{ renditions: ['720p'], tasks: ['video-3', 'audio'] }]);
});

test('explain prints its sentences, and --json the whole document', async () => {
  const rung = { name: '720p', codec: 'h264', width: 1280, height: 720, maxBitrateKbps: 2800, required: true } as const;
  const explanation = {
    jobId: id,
    state: 'retrying',
    headline: 'It waits.',
    sentences: ['It waits.', 'It failed once.'],
    reasons: [{ code: 'no-worker', pool: 'encode', tasks: 1 }],
    next: ['It runs again.'],
    ladder: [{ ...rung, status: 'planned', why: 'A rung of the profile.' }],
    commands: [],
    failures: [],
    traceId: 'abc',
  };
  const url = await start({ [`GET ${jobUrl}/explain`]: [answerJson(200, explanation)] });
  const { code, stdout } = await run(url, 'explain', id);
  expect(code).toBe(0);
  for (const said of ['It waits.\nIt failed once.', 'It runs again.', 'A rung of the profile.', 'trace abc'])
    expect(stdout).toContain(said);
  expect(JSON.parse((await run(url, 'explain', id, '--json')).stdout)).toEqual(explanation);
});
