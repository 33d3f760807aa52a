import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

// Each run starts a process; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const main = join(import.meta.dirname, 'main.ts');
const who = { kind: 'user', id: 'u', name: 'user:ann@example.com', role: 'viewer', tenantId: 'acme', permissions: ['jobs:read'] };
let dir: string;
let server: Server;
let url: string;
let expiresIn: number;
/** The tokens that are good now: each refresh token once. */
let issued = 0;
const seen: string[] = [];

beforeEach(async () => {
  [issued, expiresIn, seen.length] = [0, 900, 0];
  dir = await mkdtemp(join(tmpdir(), 'session-'));
  server = createServer(async (request, response) => {
    const body = await text(request);
    const route = `${request.method} ${request.url?.replace('/api/v1', '')}`;
    seen.push(route);
    const answer = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    const refused = { error: { code: 'UNAUTHENTICATED', message: 'no', details: {} } };
    const isRefreshed = route === 'POST /auth/refresh' && JSON.parse(body).refreshToken === `r${issued}`;
    const isLogin = route === 'POST /auth/login' && JSON.parse(body).password === 'the password';
    if (isLogin || isRefreshed) {
      issued += 1;
      return answer(200, { accessToken: `a${issued}`, refreshToken: `r${issued}`, tokenType: 'Bearer', expiresIn });
    }
    if (request.headers.authorization !== `Bearer a${issued}`) return answer(401, refused);
    return route === 'POST /auth/logout' ? response.writeHead(204).end() : answer(200, who);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await rm(dir, { recursive: true });
});

function run(args: string[], stdin = '', env: Record<string, string> = { GATEWAY_URL: url }) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const options = { env: { PATH: process.env.PATH ?? '', HOME: dir, ...env }, cwd: dir };
    const child = execFile(process.execPath, [main, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
    child.stdin?.end(stdin);
  });
}
const login = (password = 'the password\n') => run(['login', 'ann@example.com', '--password-stdin'], password);

test('whoever logged in is known until they log out', async () => {
  expect(await login()).toMatchObject({ code: 0, stdout: `Logged in at ${url}.\n` });
  expect(JSON.parse((await run(['whoami', '--json'], '', {})).stdout)).toEqual(who);
  expect((await run(['logout'])).code).toBe(0);
  expect(seen).toEqual(['POST /auth/login', 'GET /whoami', 'POST /auth/logout']);
  expect((await run(['whoami'])).code).toBe(2);
  expect(await readFile(join(dir, '.config/streamflix/credentials'), 'utf8')).not.toContain('r1');
});

test('a wrong password is refused, and without a terminal none is asked for', async () => {
  expect(await login('wrong')).toMatchObject({ code: 3, stderr: expect.stringContaining('UNAUTHENTICATED') });
  expect(await run(['login', 'ann@example.com'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--password-stdin') });
});

test('a session is refreshed before its token ends, by one of many at a time', async () => {
  expiresIn = 1;
  await login();
  expiresIn = 900;
  const answers = await Promise.all([run(['whoami']), run(['whoami']), run(['whoami'])]);
  expect(answers.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(seen.filter((route) => route === 'POST /auth/refresh')).toHaveLength(1);
});

test('a session that ended elsewhere is forgotten, with the remedy', async () => {
  expiresIn = 1;
  await login();
  issued = 7;
  expect(await run(['whoami'])).toMatchObject({ code: 3, stderr: expect.stringContaining('streamflix login') });
  expect((await run(['whoami'])).code).toBe(2);
});
