import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '@streamflix/infra/config';
import { openStorage } from '@streamflix/infra/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { selectRows } from '../support/database.ts';
import { requireEnv } from '../support/environment.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { listObjects, newVideoId } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';
import { madeFile } from '../uploads/made-file.ts';
import { type Gateway, uploadMade, uploadMany } from '../uploads/upload-many.ts';

const storage = openStorage(loadConfig(process.env).storage);
let platform: RunningPlatform;

beforeAll(async () => {
  platform = await startPlatform('uploads', { names: ['gateway'] });
});
afterAll(async () => {
  await platform.stop();
  await storage.close();
});

const gateway = (): Gateway => ({
  url: requireEnv('GATEWAY_URL'),
  apiKey: requireEnv('API_KEY'),
  pid: platform.pidOf('gateway') ?? 0,
});

const jobsOf = (videoId: string) => selectRows('select id from jobs where video_id = $1', [videoId]);
const sourcesOf = (videoId: string) => listObjects(`tenants/${process.env.API_TENANT ?? 'default'}/videos/${videoId}/`);
/** Looks only: nothing was begun so long ago. */
const openUploads = async () => (await storage.abortUploadsBefore(new Date(0))).open;

/** A file whose sender waits for ever after so many bytes, and tells when it has come so far. */
function stuckFile(name: string, bytes: number) {
  const { promise: sent, resolve } = Promise.withResolvers<void>();
  async function* file(): AsyncGenerator<Buffer> {
    yield* madeFile(name, bytes);
    resolve();
    await delay(3_600_000, undefined, { ref: false });
  }
  return { file: file(), sent };
}

// How much memory they take is measured by `npm run uploads`.
test('many uploads at once are bit-exact', async () => {
  const report = await uploadMany(gateway(), storage, { name: newVideoId('many'), count: 20, sizeBytes: 20_000_000 });
  expect(report.faults).toEqual([]);
});

test('an upload whose sender is cut off in the middle leaves no job and nothing in the store', async () => {
  const videoId = newVideoId('cut');
  const { file, sent } = stuckFile(videoId, 30_000_000);
  const abort = new AbortController();
  const upload = uploadMade(gateway(), videoId, { file, signal: abort.signal }).catch((error: unknown) => error);
  await sent;
  await waitFor('parts in the store', async () => (await openUploads()) > 0 || undefined);
  abort.abort(new Error('the cable was pulled'));
  await upload;
  await waitFor('nothing left', async () => (await openUploads()) === 0 || undefined);
  expect([await jobsOf(videoId), await sourcesOf(videoId)]).toEqual([[], []]);
});

test('an upload whose gateway is killed in the middle leaves no job, and its parts go when they are old', async () => {
  const videoId = newVideoId('killed');
  const { file, sent } = stuckFile(videoId, 30_000_000);
  const upload = uploadMade(gateway(), videoId, { file }).catch((error: unknown) => error);
  await sent;
  await waitFor('parts in the store', async () => (await openUploads()) > 0 || undefined);
  await platform.stopOne('gateway', 'SIGKILL');
  await upload;
  expect(await openUploads()).toBe(1);
  // What the sweep does once an upload is older than UPLOAD_ABORT_SECONDS.
  expect(await storage.abortUploadsBefore(new Date(Date.now() + 60_000))).toEqual({ aborted: 1, open: 0 });
  await platform.startOne('gateway');
  expect([await jobsOf(videoId), await sourcesOf(videoId)]).toEqual([[], []]);
});
