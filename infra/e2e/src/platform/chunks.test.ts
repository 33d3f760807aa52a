import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { measureTrack } from '../bench/track.ts';
import { sampleClip } from '../support/clips.ts';
import { selectRows } from '../support/database.ts';
import { call } from '../support/gateway-client.ts';
import { OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { hashMedia, listObjects, newVideoId, readObject, uploadSource } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

let platform: RunningPlatform;
let outcomes: OutcomeReader;
/** What each interrupted job came to. */
const packages: string[] = [];

beforeAll(async () => {
  outcomes = new OutcomeReader();
  platform = await startPlatform('chunks', {
    names: ['ingest', 'probe', 'encode', 'package', 'sweep', 'gateway'],
    extraEnv: { encode: { SLOTS: '1' } },
  });
});
afterAll(async () => {
  outcomes.close();
  await platform.stop();
});

interface ChunkTask extends Record<string, unknown> {
  name: string;
  state: string;
  epoch: number;
}

const chunksOf = (videoId: string): Promise<ChunkTask[]> =>
  selectRows<ChunkTask>(
    `select t.name, t.state, t.epoch from tasks t join jobs j on j.id = t.job_id
     where j.video_id = $1 and t.kind = 'video' order by t.name`,
    [videoId],
  );

/** Pictures of a rung, counted by ffprobe in what a player would fetch. */
async function framesOf(packagePrefix: string, rung: string): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'streamflix-rung-'));
  try {
    const paths: string[] = [];
    for (const key of await listObjects(`${packagePrefix}${rung}/`)) {
      if (!/\.(mp4|m4s)$/.test(key)) continue;
      const path = join(dir, key.replaceAll('/', '_'));
      await writeFile(path, await readObject(key));
      paths.push(path);
    }
    return (await measureTrack(rung, paths.toSorted())).frames;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The chunks as they stand when at least one is done and another one runs. */
const untilHalfWay = (videoId: string): Promise<ChunkTask[]> =>
  waitFor('a chunk done and another one running', async () => {
    const chunks = await chunksOf(videoId);
    const states = chunks.map(({ state }) => state);
    return states.includes('done') && states.includes('running') ? chunks : undefined;
  });

/** None that was done has been claimed again. */
function expectKept(before: ChunkTask[], after: ChunkTask[]): void {
  expect(after).toHaveLength(3);
  for (const { name } of before.filter(({ state }) => state === 'done'))
    expect(after.find((chunk) => chunk.name === name)).toEqual({ name, state: 'done', epoch: 1 });
}

test('a killed encoder costs the chunk it was at, and the joined video has every picture', async () => {
  const videoId = newVideoId('chunks');
  publishUploads({ value: await uploadSource(videoId, await sampleClip('chunks')) });
  const before = await untilHalfWay(videoId);
  const pid = platform.pidOf('encode');
  if (pid === undefined) throw new Error('encode does not run');
  process.kill(pid, 'SIGKILL');
  const { topic, event } = await outcomes.waitFor(videoId);
  expect(topic).toBe('video.transcoded');
  const after = await chunksOf(videoId);
  expectKept(before, after);
  expect(after.filter(({ epoch }) => epoch > 1).length).toBeLessThanOrEqual(1);
  expect(await framesOf(String(event.packagePrefix), '360p')).toBe(75 * 30);
  packages.push(String(event.packagePrefix));
});

test('a cancelled job that is retried goes on with the chunks it had', async () => {
  const source = await uploadSource(newVideoId('retried'), await sampleClip('chunks'));
  const videoId = String(source.videoId);
  const { body } = await call('POST', '/jobs', { json: { sourceKey: source.sourceKey, videoId } });
  const before = await untilHalfWay(videoId);
  await call('DELETE', `/jobs/${body.id}`);
  expect((await outcomes.waitFor(videoId)).event.code).toBe('JOB_CANCELLED');
  const answer = await call('POST', `/jobs/${body.id}/retry`);
  expect(answer.status).toBe(202);
  // By the time it is answered the worker may have taken it up.
  expect(['retrying', 'transcoding']).toContain(answer.body.state);
  const told = await waitFor('both outcomes', () => {
    const all = outcomes.of(videoId);
    return all.some(({ topic }) => topic === 'video.transcoded') ? all : undefined;
  });
  expectKept(before, await chunksOf(videoId));
  expect(new Set(told.map(({ topic, event }) => `${topic} ${event.eventId}`)).size).toBe(2);
  packages.push(String(told.find(({ topic }) => topic === 'video.transcoded')?.event.packagePrefix));
});

test('however a job was interrupted, it came to the same bytes', async () => {
  expect(packages, 'packages to compare').toHaveLength(2);
  const [killed, cancelled] = await Promise.all(packages.map(hashMedia));
  expect(Object.keys(killed ?? {}).length).toBeGreaterThan(20);
  expect(cancelled).toEqual(killed);
});
