import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleClip } from '../support/clips.ts';
import { selectRows } from '../support/database.ts';
import { OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { deleteObjects, hashMedia, newVideoId, uploadSource } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

let outcomes: OutcomeReader;
let platform: RunningPlatform | undefined;

beforeAll(() => {
  outcomes = new OutcomeReader();
});
afterAll(async () => {
  outcomes.close();
  await platform?.stop();
});

interface EncodeTask extends Record<string, unknown> {
  name: string;
  piece: number | null;
}

const encodeTasksOf = (videoId: string): Promise<EncodeTask[]> =>
  selectRows<EncodeTask>(
    `select t.name, (t.spec->'piece'->>'sizeBytes')::integer as piece from tasks t join jobs j on j.id = t.job_id
     where j.video_id = $1 and t.pool = 'encode' order by t.name`,
    [videoId],
  );

/** Runs a job of its own on processes of its own; `onPlanned` when its tasks are there. */
async function runJob(name: string, probe: Record<string, string>, onPlanned: (videoId: string) => Promise<void>) {
  platform = await startPlatform('pieces', {
    names: ['ingest', 'probe', 'encode', 'package', 'sweep'],
    extraEnv: { probe, encode: { SLOTS: '1' } },
  });
  const videoId = newVideoId(name);
  publishUploads({ value: await uploadSource(videoId, await sampleClip('chunks')) });
  await waitFor('the tasks of the job', async () => ((await encodeTasksOf(videoId)).length > 0 ? true : undefined));
  await onPlanned(videoId);
  const { topic, event } = await outcomes.waitFor(videoId);
  expect(topic).toBe('video.transcoded');
  await platform.stop();
  platform = undefined;
  return { tasks: await encodeTasksOf(videoId), media: await hashMedia(String(event.packagePrefix)) };
}

test('a source larger than a worker takes is encoded from pieces, to the same bytes as from the whole', {
  timeout: 480_000,
}, async () => {
  const whole = await runJob('whole', {}, async () => undefined);
  expect(whole.tasks.every(({ piece }) => piece === null)).toBe(true);
  // Nobody can fetch the whole of it any more.
  const pieces = await runJob('pieces', { MAX_SOURCE_BYTES_ON_WORKER: '1000' }, async (videoId) => {
    expect(await deleteObjects(`uploads/${videoId}/`)).toBe(1);
  });
  expect(pieces.tasks.map(({ name }) => name)).toEqual(whole.tasks.map(({ name }) => name));
  expect(pieces.tasks.length).toBeGreaterThan(3);
  expect(pieces.tasks.every(({ piece }) => piece !== null && piece > 0)).toBe(true);
  expect(Object.keys(pieces.media).length).toBeGreaterThan(10);
  expect(pieces.media).toEqual(whole.media);
});
