import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleClip } from '../support/clips.ts';
import { selectRows } from '../support/database.ts';
import { encodersOf } from '../support/encoders.ts';
import { OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId, uploadSource } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

let platform: RunningPlatform;
let outcomes: OutcomeReader;

beforeAll(async () => {
  outcomes = new OutcomeReader();
  platform = await startPlatform('crash', { names: ['ingest', 'probe', 'encode', 'package', 'sweep'] });
});
afterAll(async () => {
  outcomes.close();
  await platform.stop();
});

interface EncodeTask extends Record<string, unknown> {
  id: string;
  epoch: number;
  state: string;
  worker: string | null;
  progress: number;
}

const videoTaskOf = async (videoId: string): Promise<EncodeTask | undefined> =>
  (
    await selectRows<EncodeTask>(
      `select t.id, t.epoch, t.state, t.worker, t.progress from tasks t join jobs j on j.id = t.job_id where j.video_id = $1 and t.kind = 'video' order by t.name`,
      [videoId],
    )
  )[0];

async function startLongJob(videoId: string): Promise<EncodeTask> {
  publishUploads({ value: await uploadSource(videoId, await sampleClip('long')) });
  return waitFor('an encode in the middle', async () => {
    const task = await videoTaskOf(videoId);
    return task?.state === 'running' && task.progress > 0.02 ? task : undefined;
  });
}

const pidOf = (name: string): number => {
  const pid = platform.pidOf(name);
  if (pid === undefined) throw new Error(`${name} does not run`);
  return pid;
};

test('after SIGKILL of the encoder in the middle of a job its ffmpeg is gone, and the restarted one finishes it with one outcome', async () => {
  const videoId = newVideoId('killed');
  await startLongJob(videoId);
  const pid = pidOf('encode');
  expect(encodersOf(pid).length).toBeGreaterThan(0);
  process.kill(pid, 'SIGKILL');
  await waitFor('the end of its ffmpeg', () => (encodersOf(pid).length === 0 ? true : undefined), { withinMs: 10_000 });
  expect((await outcomes.waitFor(videoId)).topic).toBe('video.transcoded');
  expect((await videoTaskOf(videoId))?.epoch).toBeGreaterThanOrEqual(2);
  expect(outcomes.idsOf(videoId)).toHaveLength(1);
});

test('a worker stopped past its lease and woken after the job is done is refused', { timeout: 480_000 }, async () => {
  const videoId = newVideoId('stalled');
  const first = await startLongJob(videoId);
  const pid = pidOf('encode');
  process.kill(pid, 'SIGSTOP');
  const second = await startPlatform('crash', { names: ['encode'] });
  try {
    // What was begun by the stopped one takes its share of the processor to the end.
    expect((await outcomes.waitFor(videoId, 400_000)).topic).toBe('video.transcoded');
    const done = await videoTaskOf(videoId);
    process.kill(pid, 'SIGCONT');
    const refusal = await waitFor('the refusal', () =>
      platform.lines().find(({ line }) => line.includes('result refused') && line.includes(first.id)),
    );
    expect(refusal.name).toBe('encode');
    expect(await videoTaskOf(videoId)).toEqual(done);
    expect(done?.worker).not.toBe(first.worker);
    expect(outcomes.idsOf(videoId)).toHaveLength(1);
    await waitFor('no encoder left behind', () => (encodersOf(pid).length === 0 ? true : undefined), { withinMs: 10_000 });
  } finally {
    process.kill(pid, 'SIGCONT');
    await second.stop();
  }
});
