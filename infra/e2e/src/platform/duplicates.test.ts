import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleClip } from '../support/clips.ts';
import { selectRows } from '../support/database.ts';
import { OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId, uploadSource } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

let platform: RunningPlatform;
let outcomes: OutcomeReader;

beforeAll(async () => {
  outcomes = new OutcomeReader();
  platform = await startPlatform('duplicates', { names: ['ingest', 'ingest#2', 'probe', 'encode', 'package', 'sweep'] });
});
afterAll(async () => {
  outcomes.close();
  await platform.stop();
});

const jobsOf = (videoId: string) =>
  selectRows<{ id: string; state: string }>('select id, state from jobs where video_id = $1', [videoId]);
/** Everything that was told is confirmed: no second outcome is still on its way. */
const untilOutboxIsEmpty = () =>
  waitFor('an empty outbox', async () => {
    const open = await selectRows('select 1 from outbox where confirmed_at is null limit 1');
    return open.length === 0 ? true : undefined;
  });

test('the same VideoUploaded sent five times makes one job and one outcome', async () => {
  const videoId = newVideoId('five-times');
  publishUploads({ value: await uploadSource(videoId, await sampleClip('tiny')), times: 5 });
  const outcome = await outcomes.waitFor(videoId);
  await untilOutboxIsEmpty();
  expect(outcome.topic).toBe('video.transcoded');
  expect(await jobsOf(videoId)).toMatchObject([{ state: 'completed' }]);
  expect(outcomes.idsOf(videoId)).toHaveLength(1);
});

test('the same upload told under two event ids at once, to two ingest processes, makes one job and one outcome', async () => {
  const videoId = newVideoId('two-ids');
  const value = await uploadSource(videoId, await sampleClip('tiny'));
  // Different keys of the same video would not meet in one partition; the same video told by two ids is what a retrying uploader does.
  publishUploads(...Array.from({ length: 6 }, (_, index) => ({ value: { ...value, eventId: `${value.eventId}-${index}` } })));
  await outcomes.waitFor(videoId);
  await untilOutboxIsEmpty();
  expect(await jobsOf(videoId)).toMatchObject([{ state: 'completed' }]);
  expect(outcomes.idsOf(videoId)).toHaveLength(1);
});
