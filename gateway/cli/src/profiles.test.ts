import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInProfiles, profileSchema } from '@streamflix/contracts';
import { afterEach, expect, test } from 'vitest';
import { createProgram } from './program.ts';
import { type Answer, answerJson, type StubGateway, startStubGateway } from './testkit/stub-gateway.ts';

let gateway: StubGateway | undefined;
afterEach(() => gateway?.close());

const folder = mkdtempSync(join(tmpdir(), 'streamflix-profiles-'));
const own = {
  name: 'own',
  version: 3,
  profile: profileSchema.parse({ description: 'small \u001b[2J', rungs: [{ shortSide: 480, ceilingKbps: 900 }] }),
};

async function run(routes: Record<string, Answer[]>, ...args: string[]) {
  gateway = await startStubGateway(routes);
  let stdout = '';
  let code: number | undefined;
  const output = { write: (text: string) => (stdout += text) };
  const env = { GATEWAY_URL: gateway.url, API_KEY: 'k' };
  const context = {
    env,
    folder,
    stdout: output,
    stderr: output,
    interrupted: new AbortController().signal,
    stdin: process.stdin,
  };
  const program = createProgram(context, (exitCode) => {
    code = exitCode;
  });
  await program.parseAsync(['profiles', ...args], { from: 'user' });
  return { stdout, code };
}

test('list is a table, one profile a line, and what a tenant wrote does not steer the terminal', async () => {
  const items = [...builtInProfiles.values(), own];
  const { stdout } = await run({ 'GET /api/v1/profiles': [answerJson(200, { items })] }, 'list');
  expect(stdout.trim().split('\n')).toHaveLength(items.length + 1);
  expect(stdout).toMatch(/^own +version 3 +h264 +480 +small/m);
  expect(stdout).not.toContain('\u001b');
});

test('show tells all of a profile', async () => {
  const { stdout } = await run({ 'GET /api/v1/profiles/own': [answerJson(200, own)] }, 'show', 'own', '--json');
  expect(JSON.parse(stdout)).toEqual(own);
});

test('put sends the document of a file, delete says so', async () => {
  writeFileSync(join(folder, 'own.json'), '{}');
  const written = await run({ 'PUT /api/v1/profiles/own': [answerJson(200, own)] }, 'put', 'own', 'own.json');
  expect(written).toEqual({ code: 0, stdout: 'own is written, version 3.\n' });
  await gateway?.close();
  const deleted = await run({ 'DELETE /api/v1/profiles/own': [(_, response) => response.writeHead(204).end()] }, 'delete', 'own');
  expect(deleted).toEqual({ code: 0, stdout: 'own is deleted.\n' });
});

test('a file that is not there is a fault of usage', async () => {
  await expect(run({}, 'put', 'own', 'none.json')).rejects.toThrow('none.json cannot be read');
});
