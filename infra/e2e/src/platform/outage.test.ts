import { setTimeout as delay } from 'node:timers/promises';
import { startServer, stopServer } from '@streamflix/infra/local';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleClip } from '../support/clips.ts';
import { selectRows } from '../support/database.ts';
import { requireEnv } from '../support/environment.ts';
import { OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId, uploadSource } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

let platform: RunningPlatform;
let outcomes: OutcomeReader;
const stackDir = requireEnv('TEST_STACK_DIR');
/** How long Kafka stays away: the minute that the promise names. */
const outageMs = 60_000;

beforeAll(async () => {
  outcomes = new OutcomeReader();
  platform = await startPlatform('outage', { names: ['ingest', 'probe', 'encode', 'package', 'sweep'] });
});
afterAll(async () => {
  outcomes.close();
  await platform.stop();
});

const untilState = (videoId: string, states: string[]) =>
  waitFor(`${videoId} in ${states}`, async () => {
    const [job] = await selectRows<{ state: string }>('select state from jobs where video_id = $1', [videoId]);
    return job !== undefined && states.includes(job.state) ? job.state : undefined;
  });

test('with Redis stopped for the whole job, the job completes', async () => {
  await stopServer(stackDir, 'redis', 'SIGKILL');
  try {
    const videoId = newVideoId('no-redis');
    publishUploads({ value: await uploadSource(videoId, await sampleClip('tiny')) });
    expect((await outcomes.waitFor(videoId)).topic).toBe('video.transcoded');
  } finally {
    await startServer(stackDir, 'redis');
  }
});

test('with Kafka stopped for a minute in the middle, the job completes and nothing is lost', async () => {
  const videoId = newVideoId('no-kafka');
  publishUploads({ value: await uploadSource(videoId, await sampleClip('long')) });
  await untilState(videoId, ['transcoding']);
  await stopServer(stackDir, 'kafka', 'SIGKILL');
  await delay(outageMs);
  await startServer(stackDir, 'kafka');
  expect((await outcomes.waitFor(videoId, 180_000)).topic).toBe('video.transcoded');
  await waitFor('every event confirmed', async () => {
    const open = await selectRows('select 1 from outbox where confirmed_at is null limit 1');
    return open.length === 0 ? true : undefined;
  });
  expect(new Set(outcomes.of(videoId).map(({ event }) => event.eventId)).size).toBe(1);
});
