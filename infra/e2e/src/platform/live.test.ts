import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleClip } from '../support/clips.ts';
import { requireEnv } from '../support/environment.ts';
import { call, uploadForm } from '../support/gateway-client.ts';
import { ProgressReader } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';

let platform: RunningPlatform;
let steps: ProgressReader;
beforeAll(async () => {
  platform = await startPlatform('live');
  steps = new ProgressReader();
});
afterAll(async () => {
  steps.close();
  await platform.stop();
});

interface Heard {
  progress: number;
  /** Null where it was found in the database instead of being told. */
  stage: string | null;
  atMs: number;
}

/** The steps of a job as they arrive. */
async function hearSteps(jobId: string): Promise<Heard[]> {
  const url = new URL(`/api/v1/jobs/${jobId}/events`, requireEnv('GATEWAY_URL'));
  const answer = await fetch(url, { headers: { 'x-api-key': requireEnv('API_KEY') } });
  const heard: Heard[] = [];
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    for (const [, data = '{}'] of chunk.matchAll(/^event: progress\ndata: (.+)$/gm)) {
      const { progress, stage } = JSON.parse(data) as Omit<Heard, 'atMs'>;
      heard.push({ progress, stage, atMs: Date.now() });
    }
  }
  return heard;
}

test('what an encoder says of its progress reaches a watcher without waiting for anything', async () => {
  const { body } = await call('POST', '/jobs/upload', { body: uploadForm(await sampleClip('long')) });
  const jobId = String(body.id);
  const heard = await hearSteps(jobId);
  const said = steps.seen.map(({ event }) => event).filter((event) => event.jobId === jobId && event.stage === 'encode');
  const delays = heard
    .filter(({ stage }) => stage !== null)
    .flatMap(({ progress, atMs }) => {
      const own = said.find((each) => Math.abs(each.jobProgress - progress) < 1e-9);
      return own === undefined ? [] : [atMs - Date.parse(own.occurredAt)];
    })
    .sort((a, b) => a - b);
  const quantile = (part: number) => Math.round(delays[Math.floor(part * (delays.length - 1))] ?? Number.NaN);
  console.log(`progress of ${delays.length} steps was heard after ${quantile(0.5)} ms at the median, ${quantile(1)} ms at most`);
  expect(delays.filter(Number.isFinite).length).toBeGreaterThan(3);
  const fractions = heard.map(({ progress }) => progress);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
});
