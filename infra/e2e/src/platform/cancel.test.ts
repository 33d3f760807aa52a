import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleClip } from '../support/clips.ts';
import { selectRows } from '../support/database.ts';
import { encodersOf } from '../support/encoders.ts';
import { requireEnv } from '../support/environment.ts';
import { call } from '../support/gateway-client.ts';
import { OutcomeReader } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { listObjects, newVideoId, uploadSource } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

const encoders = ['encode', 'encode#2'];
let platform: RunningPlatform;
let outcomes: OutcomeReader;

beforeAll(async () => {
  outcomes = new OutcomeReader();
  platform = await startPlatform('cancel', {
    names: ['ingest', 'probe', ...encoders, 'package', 'sweep', 'gateway'],
    // By the renewal of so long a lease a worker would hear of it far too late.
    env: { SLOTS: '1', LEASE_SECONDS: '120' },
  });
});
afterAll(async () => {
  outcomes.close();
  await platform.stop();
});

const pids = (): number[] => encoders.map((name) => platform.pidOf(name) ?? 0);
const scratchOf = (pid: number): string[] =>
  readdirSync(join(requireEnv('WORK_DIR'), 'encode', String(pid))).filter((name) => name.startsWith('task-'));

test('a cancelled job stops every encoder that works for it, and leaves none of their files', async () => {
  const videoId = newVideoId('stopped');
  const { sourceKey } = await uploadSource(videoId, await sampleClip('chunks'));
  const { body } = await call('POST', '/jobs', { json: { sourceKey, videoId } });
  // The sound ends soon, and what it made stays.
  const running = await waitFor('both encoders at work on pictures', async () => {
    const atWork = await selectRows<{ id: string }>(
      `select id from tasks where job_id = $1 and state = 'running' and kind = 'video'`,
      [body.id],
    );
    return atWork.length === 2 && pids().every((pid) => encodersOf(pid).length > 0) ? atWork : undefined;
  });
  expect((await call('DELETE', `/jobs/${body.id}`)).status).toBe(202);
  const gone = (): boolean => pids().every((pid) => encodersOf(pid).length === 0 && scratchOf(pid).length === 0);
  await waitFor('the end of the encoders and their files', () => gone() || undefined, { withinMs: 15_000 });
  for (const { id } of running)
    await waitFor('the end of its objects', async () =>
      (await listObjects(`tenants/default/jobs/${body.id}/work/${id}/`)).length === 0 ? true : undefined,
    );
  const outcome = await outcomes.waitFor(videoId);
  expect(outcome).toMatchObject({ topic: 'video.failed', event: { code: 'JOB_CANCELLED', retriable: false } });
  expect(outcomes.idsOf(videoId)).toHaveLength(1);
  const states = await selectRows<{ state: string }>('select distinct state from tasks where job_id = $1', [body.id]);
  expect(states.map(({ state }) => state).filter((state) => !['done', 'cancelled'].includes(state))).toEqual([]);
});
