import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleClip } from '../support/clips.ts';
import { requireEnv } from '../support/environment.ts';
import { call } from '../support/gateway-client.ts';
import { OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId, uploadSource } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

const dir = mkdtempSync(join(tmpdir(), 'streamflix-packager-'));
const fault = join(dir, 'fault');
let platform: RunningPlatform;
let outcomes: OutcomeReader;

/** The real packager, which fails as long as the fault is there. */
function installFailingPackager(): string {
  copyFileSync(requireEnv('PACKAGER_PATH'), join(dir, 'real'));
  const path = join(dir, 'packager');
  writeFileSync(
    path,
    `#!/usr/bin/sh
[ "$1" = --version ] || ! [ -e "${fault}" ] || { echo "a library of job $$ is missing" >&2; exit 1; }
exec "${dir}/real" "$@"
`,
  );
  for (const file of [path, join(dir, 'real')]) chmodSync(file, 0o755);
  return path;
}

beforeAll(async () => {
  outcomes = new OutcomeReader();
  platform = await startPlatform('dead-letters', {
    names: ['ingest', 'probe', 'encode', 'package', 'sweep', 'gateway'],
    env: { API_TENANT: 'acme' },
    extraEnv: { package: { PACKAGER_PATH: installFailingPackager() } },
  });
});
afterAll(async () => {
  outcomes.close();
  await platform.stop();
  rmSync(dir, { recursive: true, force: true });
});

interface Letter {
  id: string;
  state: string;
  signature: string;
  code: string;
  videoId: string | null;
  replays: number;
}

const lettersOf = async (query: string): Promise<Letter[]> =>
  (await call('GET', `/dead-letters?${query}`)).body.items as Letter[];
const replay = async (body: object) => (await call('POST', '/dead-letters/replay', { json: { dryRun: false, ...body } })).body;
const show = async (id: string) => (await call('GET', `/dead-letters/${id}`)).body;
const untilState = (id: string, state: string) =>
  waitFor(`the letter to be ${state}`, async () => {
    const letter = await show(id);
    return letter.state === state ? letter : undefined;
  });

/** Registers the schema of uploads once more, so that it has a new id. */
async function registerSchema(subject: string): Promise<number> {
  const url = requireEnv('SCHEMA_REGISTRY_URL');
  const { schema } = (await (await fetch(`${url}/subjects/video.uploaded-value/versions/latest`)).json()) as { schema: string };
  const answer = await fetch(`${url}/subjects/${subject}-value/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify({ ...(JSON.parse(schema) as object), doc: subject }) }),
  });
  return ((await answer.json()) as { id: number }).id;
}

test('an upload whose schema nobody knows is parked when it is replayed too early; once the schema is registered its job completes', async () => {
  const videoId = newVideoId('early');
  const schemaId = (await registerSchema(newVideoId('before'))) + 1;
  publishUploads({ value: await uploadSource(videoId, await sampleClip('tiny')), schemaId });
  const behind = newVideoId('behind');
  publishUploads({ value: await uploadSource(behind, await sampleClip('tiny')) });
  const letter = await waitFor('a dead letter', async () => {
    for (const each of await lettersOf('topic=video.uploaded&state=new')) {
      const { content } = (await show(each.id)) as { content: { key: { text: string } } };
      if (content.key.text === videoId) return each;
    }
    return undefined;
  });
  expect(letter.code).toBe('MESSAGE_UNDECODABLE');
  const { content } = await show(letter.id);
  expect(content).toMatchObject({ key: { text: videoId }, event: null, undecodable: expect.stringContaining(String(schemaId)) });
  expect((await outcomes.waitFor(behind)).topic).toBe('video.transcoded');

  expect(await replay({ ids: [letter.id] })).toMatchObject({ letters: 1 });
  await untilState(letter.id, 'parked');
  expect(outcomes.of(videoId)).toEqual([]);

  expect(await registerSchema(newVideoId('after'))).toBe(schemaId);
  expect(await show(letter.id)).toMatchObject({ content: { event: { videoId } } });
  expect(await replay({ ids: [letter.id], dryRun: true })).toMatchObject({ letters: 1 });
  expect(await show(letter.id)).toMatchObject({ state: 'parked' });
  expect(await replay({ ids: [letter.id] })).toMatchObject({ letters: 1 });
  await untilState(letter.id, 'resolved');
  expect((await outcomes.waitFor(videoId)).topic).toBe('video.transcoded');
});

test('a task given up by a broken packager is parked when it is replayed too early; once that is mended its job completes', async () => {
  writeFileSync(fault, '');
  const videoId = newVideoId('unpacked');
  publishUploads({ value: await uploadSource(videoId, await sampleClip('tiny')) });
  expect((await outcomes.waitFor(videoId)).event.code).toBe('PACKAGER_FAILED');
  const letter = await waitFor('a dead letter', async () =>
    (await lettersOf('kind=task')).find((each) => each.videoId === videoId),
  );
  expect(letter).toMatchObject({ state: 'new', code: 'PACKAGER_FAILED' });

  const { signature } = letter;
  // Other tests may have left letters of the same fault.
  const { letters } = await replay({ signature, dryRun: true });
  expect(letters).toBeGreaterThan(0);
  expect(await show(letter.id)).toMatchObject({ state: 'new' });
  expect(await replay({ signature })).toMatchObject({ dryRun: false, letters });
  expect(await untilState(letter.id, 'parked')).toMatchObject({ replays: 1, signature });

  rmSync(fault);
  await replay({ signature });
  expect(await show(letter.id)).toMatchObject({ state: 'parked' });
  expect(await replay({ ids: [letter.id] })).toMatchObject({ letters: 1 });
  await untilState(letter.id, 'resolved');
  const transcoded = await waitFor('the outcome', () => outcomes.of(videoId).find(({ topic }) => topic === 'video.transcoded'));
  expect(transcoded.event.jobId).toBe((await show(letter.id)).jobId);
});
