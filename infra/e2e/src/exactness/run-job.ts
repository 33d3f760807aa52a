import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureTrack } from '../bench/track.ts';
import { selectRows } from '../support/database.ts';
import { encodersOf } from '../support/encoders.ts';
import { type OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { hashMedia, listObjects, newVideoId, readObject, uploadSource } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

export interface Run {
  name: string;
  workers: number;
  /** How often each of them is killed while it encodes. */
  kills: number;
}

export interface Outcome extends Run {
  seconds: number;
  chunks: number;
  /** Claims of chunks and of sound beyond the first of each. */
  repeated: number;
  /** Pictures in the largest rung. */
  frames: number;
  segments: number;
  /** Of all segments, by their names. */
  hash: string;
}

const longMs = 60 * 60_000;

interface EncodeTask extends Record<string, unknown> {
  kind: string;
  state: string;
  epoch: number;
}

const encodesOf = (videoId: string): Promise<EncodeTask[]> =>
  selectRows<EncodeTask>(
    `select t.kind, t.state, t.epoch from tasks t join jobs j on j.id = t.job_id where j.video_id = $1 and t.pool = 'encode'`,
    [videoId],
  );

const chunksAmong = (encodes: readonly EncodeTask[]): EncodeTask[] => encodes.filter(({ kind }) => kind === 'video');

/** Kills each worker so often, one after the other over the length of the job, always in the middle of an encode. */
async function killInTurn(platform: RunningPlatform, workers: readonly string[], kills: number, videoId: string): Promise<void> {
  const turns = Array.from({ length: kills }, () => workers).flat();
  for (const [index, worker] of turns.entries()) {
    const share = (index + 0.5) / (turns.length + 1);
    await waitFor(
      `${Math.round(share * 100)} % of the chunks`,
      async () => {
        const chunks = chunksAmong(await encodesOf(videoId));
        const done = chunks.filter(({ state }) => state === 'done').length;
        return chunks.length > 0 && done >= share * chunks.length ? true : undefined;
      },
      { withinMs: longMs },
    );
    const pid = await waitFor(
      `an encode on ${worker}`,
      () => {
        const found = platform.pidOf(worker);
        return found !== undefined && encodersOf(found).length > 0 ? found : undefined;
      },
      { withinMs: longMs, everyMs: 20 },
    );
    process.kill(pid, 'SIGKILL');
  }
}

async function countPictures(packagePrefix: string): Promise<number> {
  const keys = (await listObjects(packagePrefix)).filter((key) => /\/\d+p\/.*\.(mp4|m4s)$/.test(key));
  const rungOf = (key: string): string => key.slice(packagePrefix.length).split('/')[0] ?? '';
  const largest = keys.map(rungOf).toSorted((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))[0] ?? '';
  const dir = await mkdtemp(join(tmpdir(), 'streamflix-rung-'));
  try {
    const paths: string[] = [];
    for (const key of keys.filter((each) => rungOf(each) === largest)) {
      const path = join(dir, key.replaceAll('/', '_'));
      await writeFile(path, await readObject(key));
      paths.push(path);
    }
    return (await measureTrack(largest, paths.toSorted())).frames;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Runs one job on processes of its own. Throws when it does not complete. */
export async function runJob(run: Run, clip: string, outcomes: OutcomeReader): Promise<Outcome> {
  const workers = Array.from({ length: run.workers }, (_, index) => (index === 0 ? 'encode' : `encode#${index + 1}`));
  const platform = await startPlatform('exactness', {
    names: ['ingest', 'probe', ...workers, 'package', 'sweep'],
    // A lease that runs out on a busy machine is not what is measured.
    env: { SLOTS: '1', LEASE_SECONDS: '15' },
  });
  try {
    const videoId = newVideoId('exact');
    const startedAt = performance.now();
    publishUploads({ value: await uploadSource(videoId, clip) });
    await killInTurn(platform, workers, run.kills, videoId);
    const { topic, event } = await outcomes.waitFor(videoId, longMs);
    if (topic !== 'video.transcoded') throw new Error(`${run.name}: ${JSON.stringify(event)}`);
    const prefix = String(event.packagePrefix);
    const media = await hashMedia(prefix);
    const encodes = await encodesOf(videoId);
    return {
      ...run,
      seconds: (performance.now() - startedAt) / 1000,
      chunks: chunksAmong(encodes).length,
      repeated: encodes.reduce((sum, { epoch }) => sum + epoch - 1, 0),
      frames: await countPictures(prefix),
      segments: Object.keys(media).length,
      hash: createHash('sha256').update(JSON.stringify(media)).digest('hex'),
    };
  } finally {
    await platform.stop();
  }
}
