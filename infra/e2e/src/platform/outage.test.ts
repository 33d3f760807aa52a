import { startServer, stopServer } from '@streamflix/infra/local';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleClip } from '../support/clips.ts';
import { selectRows } from '../support/database.ts';
import { requireEnv } from '../support/environment.ts';
import { type Answer, call, uploadForm } from '../support/gateway-client.ts';
import { OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId, uploadSource } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

let platform: RunningPlatform;
let outcomes: OutcomeReader;
const stackDir = requireEnv('TEST_STACK_DIR');

/** How long servers stay away. `npm run outages` takes the lengths that are promised. */
const outageSeconds =
  process.env.OUTAGES === 'full' ? { kafka: 300, postgres: 60, s3: 120 } : { kafka: 60, postgres: 15, s3: 15 };
const timeout = (outageSeconds.kafka + 300) * 1000;

beforeAll(async () => {
  outcomes = new OutcomeReader();
  platform = await startPlatform('outage');
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

const untilOutboxIsEmpty = () =>
  waitFor('every event confirmed', async () => {
    const open = await selectRows('select 1 from outbox where confirmed_at is null limit 1');
    return open.length === 0 ? true : undefined;
  });

async function upload(): Promise<Answer & { videoId: string }> {
  const videoId = newVideoId('outage');
  const answer = await call('POST', '/jobs/upload', { body: uploadForm(await sampleClip('tiny'), { fields: { videoId } }) });
  return { ...answer, videoId };
}

/** Uploads a few times until the time is over. */
async function uploadFor(seconds: number): Promise<(Answer & { videoId: string })[]> {
  const everyMs = Math.max(3_000, (seconds * 1000) / 6);
  const answers: (Answer & { videoId: string })[] = [];
  const until = Date.now() + seconds * 1000;
  while (Date.now() < until) {
    answers.push(await upload());
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return answers;
}

async function expectOneOutcomeEach(videoIds: string[]): Promise<void> {
  for (const videoId of videoIds) expect((await outcomes.waitFor(videoId, 240_000)).topic).toBe('video.transcoded');
  await untilOutboxIsEmpty();
  for (const videoId of videoIds) expect(outcomes.idsOf(videoId)).toHaveLength(1);
}

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

test.each([
  ['Kafka', 'kafka', 'SIGKILL', []],
  ['PostgreSQL', 'postgres', 'SIGINT', [503]],
  ['the store', 's3', 'SIGKILL', [503]],
] as const)(
  'with %s away in the middle, what was accepted completes and what was not is refused with 503',
  {
    timeout,
  },
  async (name, server, signal, refusals) => {
    const before = newVideoId('before-outage');
    publishUploads({ value: await uploadSource(before, await sampleClip('long')) });
    await untilState(before, ['transcoding']);
    await stopServer(stackDir, server, signal);
    const during = await uploadFor(outageSeconds[server]).finally(() => startServer(stackDir, server));
    expect([202, 503]).toEqual(expect.arrayContaining(during.map(({ status }) => status)));
    expect(during.map(({ status }) => status)).toEqual(expect.arrayContaining([...refusals]));
    const after = await waitFor('an upload taken again', async () => {
      const answer = await upload();
      return answer.status === 202 ? answer.videoId : undefined;
    });
    const accepted = during.filter(({ status }) => status === 202).map(({ videoId }) => videoId);
    await expectOneOutcomeEach([before, ...accepted, after]);
    const told = `${name} away for ${outageSeconds[server]} s: ${accepted.length} uploads taken and completed`;
    console.log(`${told}, ${during.length - accepted.length} refused with 503; those of before and after completed`);
  },
);
