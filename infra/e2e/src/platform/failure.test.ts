import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sampleClip } from '../support/clips.ts';
import { selectRows } from '../support/database.ts';
import { OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId, uploadSource } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

const dir = mkdtempSync(join(tmpdir(), 'streamflix-failure-'));
// Nothing here ends by a lease that runs out, and a machine that stands still for seconds loses one.
const unhurried = { LEASE_SECONDS: '60' };
let platform: RunningPlatform | undefined;
let outcomes: OutcomeReader;

beforeEach(() => {
  outcomes = new OutcomeReader();
});
afterEach(async () => {
  outcomes.close();
  await platform?.stop();
  platform = undefined;
});

/** Says and shows what it can do as the real one does when the worker starts, and then fails at everything. */
function installBrokenEncoder(): string {
  const path = join(dir, 'ffmpeg');
  const real = process.env.FFMPEG_PATH ?? 'ffmpeg';
  writeFileSync(
    path,
    `#!/usr/bin/sh
case "$*" in *-encoders*|*-formats*|*-codecs*|*-filters*|*-version*|*lavfi*) exec ${real} "$@" ;; esac
echo "broken encoder" >&2
exit 1
`,
  );
  chmodSync(path, 0o755);
  return path;
}

function writeBad(name: string, bytes: Uint8Array | string): string {
  const path = join(dir, name);
  writeFileSync(path, bytes);
  return path;
}

/** Publishes a video of each file, all at once, and returns the videos' ids in the same order. */
async function publishAll(files: { name: string; path: string }[], tenantId = 'acme'): Promise<string[]> {
  const uploads = await Promise.all(
    files.map(async ({ name, path }) => {
      const videoId = newVideoId(name);
      return { videoId, value: await uploadSource(videoId, path, { tenantId }) };
    }),
  );
  publishUploads(...uploads.map(({ value }) => ({ value })));
  return uploads.map(({ videoId }) => videoId);
}

const readinessOf = async (name: string): Promise<{ status: number; body: string }> => {
  const response = await fetch(`${platform?.healthUrlOf(name)}/ready`);
  return { status: response.status, body: await response.text() };
};

const metricOf = async (name: string, metric: string): Promise<string[]> => {
  const text = await (await fetch(`${platform?.healthUrlOf(name)}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith(metric));
};

test('beside a worker whose encoder always fails all videos complete, and the worker is quarantined', async () => {
  platform = await startPlatform('failure-broken-encoder', {
    names: ['ingest', 'probe', 'encode', 'encode#2', 'package', 'sweep'],
    env: unhurried,
    extraEnv: { 'encode#2': { FFMPEG_PATH: installBrokenEncoder() } },
  });
  const path = await sampleClip('tiny');
  const videos = await publishAll(Array.from({ length: 6 }, () => ({ name: 'beside', path })));
  const told = waitFor('the bad worker says that it is quarantined', async () => {
    const { status, body } = await readinessOf('encode#2');
    return status === 503 && /quarantined.*ENCODER_FAILED/.test(body) ? true : undefined;
  });
  for (const videoId of videos)
    expect((await outcomes.waitFor(videoId, 240_000)).topic, `${videoId} is a good video`).toBe('video.transcoded');
  await told;
  expect(await metricOf('encode#2', 'streamflix_workers_quarantined')).not.toEqual([]);
  expect((await metricOf('encode#2', 'streamflix_task_failures_total')).some((line) => line.includes('ENCODER_FAILED'))).toBe(
    true,
  );
  const port = new URL(platform.healthUrlOf('encode#2')).port;
  const [bad] = await selectRows<{ quarantines: number; why: string }>(
    `select quarantines, why from workers where pool = 'encode' and instance like '%:' || $1`,
    [port],
  );
  expect(bad?.quarantines).toBeGreaterThan(0);
  const blamed = await selectRows<{ worker: string }>(
    `select distinct worker from task_failures f join jobs j on j.id = f.job_id where j.video_id = any($1)`,
    [videos],
  );
  expect(blamed.map(({ worker }) => worker.split(':').at(-1))).toEqual([port]);
}, 300_000);

interface Claims {
  videoId: string;
  pool: string;
  tag: number;
  state: string;
  /** Where it was planned, in the same order as its claims. */
  planned: number;
  /** The places of its claims in the one order of all claims of its pool. */
  places: number[];
}

/** The probes and encodes of a tenant, which were ready from the moment they were planned, with their claims. */
const claimsOf = (tenantId: string): Promise<Claims[]> =>
  selectRows<Claims>(
    `select j.video_id as "videoId", t.pool, t.tag, t.state,
       (select min(h.id)::float8 from history h where h.task_id = t.id) as planned,
       array(select h.id::float8 from history h where h.task_id = t.id and h.to_state = 'running' order by h.id) as places
     from tasks t join jobs j on j.id = t.job_id where t.tenant_id = $1 and t.pool in ('probe', 'encode')`,
    [tenantId],
  );

const title =
  'among 20 good videos three poisonous ones end with their reasons, all the good ones complete, ' +
  'and each poisonous one takes its turn, once, and one chunk of it fails: nobody waits for more of it';

// One process of each pool: it claims one task after the other, so that history has them in the order in which they were claimed.
test(title, async () => {
  const tenantId = `poisoned-${Date.now()}`;
  platform = await startPlatform('failure-poison', {
    names: ['ingest', 'probe', 'encode', 'package', 'sweep'],
    env: unhurried,
  });
  const tiny = await sampleClip('tiny');
  const whole = readFileSync(tiny);
  const damaged = Buffer.from(whole);
  // Its index promises what its pictures do not keep: the probe lets it pass, the decoder stumbles.
  damaged.fill(0x5a, Math.floor(damaged.length * 0.3), Math.floor(damaged.length * 0.7));
  const poison = [
    { name: 'text', path: writeBad('text.mp4', 'I am no video.\n'.repeat(1000)), codes: ['SOURCE_UNSUPPORTED'] },
    {
      name: 'cut',
      path: writeBad('cut.mp4', whole.subarray(0, Math.floor(whole.length * 0.6))),
      codes: ['SOURCE_TRUNCATED', 'SOURCE_CORRUPT'],
    },
    { name: 'damaged', path: writeBad('damaged.mp4', damaged), codes: ['SOURCE_CORRUPT', 'SOURCE_UNSUPPORTED'] },
  ];
  const good = Array.from({ length: 20 }, () => ({ name: 'good', path: tiny }));
  const files = [...good.slice(0, 2), ...poison, ...good.slice(2)];
  const videos = await publishAll(files, tenantId);
  for (const [index, { name }] of files.entries()) {
    const { topic, event } = await outcomes.waitFor(videos[index] ?? '', 400_000);
    const expected = poison.find((each) => each.name === name);
    expect([name, topic]).toEqual([name, expected === undefined ? 'video.transcoded' : 'video.failed']);
    if (expected !== undefined) {
      expect(expected.codes).toContain(event.code);
      expect(event.retriable).toBe(false);
    }
  }
  expect((await readinessOf('encode')).status).toBe(200);
  const burnt = await selectRows(
    `select name from tasks join jobs on jobs.id = job_id where video_id = any($1) and video_id like 'good%' and failed_attempts > 0`,
    [videos],
  );
  expect(burnt).toEqual([]);
  const claims = await claimsOf(tenantId);
  const isGood = ({ videoId }: Claims): boolean => videoId.startsWith('good');
  const [goodOnes, poisonous] = [claims.filter(isGood), claims.filter((each) => !isGood(each))];
  // Each is claimed at most once, so it can hold up others no longer than a chunk.
  expect(poisonous.filter(({ places }) => places.length > 1)).toEqual([]);
  const failed = poisonous.filter(({ state }) => state === 'failed').map(({ videoId }) => videoId);
  expect(failed.sort()).toEqual(videos.filter((videoId) => !videoId.startsWith('good')).sort());
  // Tags of a tenant are given one planning after the other: who has the lower one could be claimed when the other could.
  const passed = poisonous.flatMap((poison) =>
    goodOnes
      .filter(({ pool, places }) => pool === poison.pool && Number(poison.places[0]) < Number(places[0]))
      .map((each) => ({ poison, each })),
  );
  expect(passed.filter(({ poison, each }) => each.tag < poison.tag)).toEqual([]);
  // And there was somebody to be passed.
  expect(passed.filter(({ poison, each }) => each.planned < Number(poison.places[0]))).not.toEqual([]);
}, 480_000);
