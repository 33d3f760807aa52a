import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleClip } from '../support/clips.ts';
import { selectRows } from '../support/database.ts';
import { call, uploadForm } from '../support/gateway-client.ts';
import { OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { everyProcess, type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId, uploadSource } from '../support/store.ts';

let platform: RunningPlatform;
let outcomes: OutcomeReader;

beforeAll(async () => {
  outcomes = new OutcomeReader();
  // Nothing here ends by a lease that runs out, and a machine that stands still for seconds loses one.
  platform = await startPlatform('rolling-restart', { env: { LEASE_SECONDS: '60' } });
});
afterAll(async () => {
  outcomes.close();
  await platform.stop();
});

async function submitByEvent(clip: 'tiny' | 'ordinary'): Promise<string> {
  const videoId = newVideoId('rolling');
  publishUploads({ value: await uploadSource(videoId, await sampleClip(clip)) });
  return videoId;
}

async function submitByGateway(): Promise<string> {
  const videoId = newVideoId('rolling');
  const { status } = await call('POST', '/jobs/upload', { body: uploadForm(await sampleClip('tiny'), { fields: { videoId } }) });
  expect(status).toBe(202);
  return videoId;
}

const lostWork = (videoIds: string[]) =>
  selectRows<{ name: string; failed_attempts: number; lost_workers: number; error_code: string | null }>(
    `select t.name, t.failed_attempts, t.lost_workers, t.error_code from tasks t join jobs j on j.id = t.job_id
     where j.video_id = any($1) and (t.failed_attempts > 0 or t.lost_workers > 0)`,
    [videoIds],
  );

test('every process is restarted under load: no failure, no duplicate, no attempt burnt', { timeout: 400_000 }, async () => {
  const videoIds = [await submitByEvent('ordinary'), await submitByEvent('ordinary'), await submitByGateway()];
  for (const name of everyProcess) {
    videoIds.push(await submitByEvent('tiny'));
    await platform.stopOne(name);
    await platform.startOne(name);
  }
  videoIds.push(await submitByGateway());
  for (const videoId of videoIds) expect((await outcomes.waitFor(videoId)).topic).toBe('video.transcoded');
  for (const videoId of videoIds) expect(outcomes.idsOf(videoId)).toHaveLength(1);
  expect(await lostWork(videoIds)).toEqual([]);
});
