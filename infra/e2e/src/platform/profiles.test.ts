import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { streamflix } from '../support/cli.ts';
import { sampleClip } from '../support/clips.ts';
import { call } from '../support/gateway-client.ts';
import { OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId, uploadSource } from '../support/store.ts';

let platform: RunningPlatform;
let outcomes: OutcomeReader;
const dir = mkdtempSync(join(tmpdir(), 'streamflix-profiles-'));

/** Encodes everything but HEVC, which it says it can. */
function installHalfBrokenEncoder(): string {
  const path = join(dir, 'ffmpeg');
  writeFileSync(
    path,
    `#!/usr/bin/sh
case "$*" in *libx265*) echo "[error] this HEVC encoder is broken" >&2; exit 1 ;; esac
exec ${process.env.FFMPEG_PATH ?? 'ffmpeg'} "$@"
`,
  );
  chmodSync(path, 0o755);
  return path;
}

beforeAll(async () => {
  outcomes = new OutcomeReader();
  platform = await startPlatform('profiles', {
    names: ['ingest', 'probe', 'encode', 'package', 'sweep', 'gateway'],
    extraEnv: { encode: { FFMPEG_PATH: installHalfBrokenEncoder(), CAPABILITIES: 'encoder:libx265,encoder:libvpx-vp9' } },
  });
});
afterAll(async () => {
  outcomes.close();
  await platform.stop();
});

const rungs = [{ shortSide: 360, ceilingKbps: 800 }];

/** Asks for a job of the quick clip under a profile, and waits for its end. */
async function submit(profile: string) {
  const source = await uploadSource(newVideoId(profile), await sampleClip('tiny'));
  const videoId = String(source.videoId);
  const { status, body } = await call('POST', '/jobs', { json: { sourceKey: source.sourceKey, videoId, profile } });
  expect(status).toBe(202);
  const { event } = await outcomes.waitFor(videoId, 90_000);
  return { event, job: (await call('GET', `/jobs/${body.id}`)).body };
}

test('a job completes without an optional codec that cannot be made, and says so', async () => {
  const document = { rungs, codecs: [{ codec: 'h264' }, { codec: 'hevc', required: false }] };
  expect((await call('PUT', '/profiles/optional-hevc', { json: document })).status).toBe(200);
  const { event, job } = await submit('optional-hevc');
  expect(event).toMatchObject({
    renditions: [{ name: '360p' }],
    verification: { passed: true, warnings: [expect.stringMatching(/^360p-hevc was given up: ENCODER_FAILED/)] },
  });
  expect(job).toMatchObject({
    state: 'completed',
    verification: { warnings: [expect.stringContaining('360p-hevc')] },
    plan: {
      profile: { name: 'optional-hevc' },
      renditions: [{ name: '360p', required: true }, { kind: 'audio' }, { kind: 'images' }],
      givenUp: [{ name: '360p-hevc', code: 'ENCODER_FAILED' }],
    },
  });
  // Database, topics and store agree about a job that does without something.
  expect(await streamflix(['verify', '--job', String(job.id)])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('agree'),
  });
});

test('a job fails for a required codec that cannot be made', async () => {
  await call('PUT', '/profiles/required-hevc', { json: { rungs, codecs: [{ codec: 'h264' }, { codec: 'hevc' }] } });
  const { event, job } = await submit('required-hevc');
  expect(event).toMatchObject({ code: 'ENCODER_FAILED', stage: 'encode' });
  expect(job.state).toBe('failed');
});

test('two codecs make one package, and a job keeps the profile it was planned with', async () => {
  const written = await call('PUT', '/profiles/two', { json: { rungs, codecs: [{ codec: 'h264' }, { codec: 'vp9' }] } });
  const { event, job } = await submit('two');
  expect(event.renditions).toMatchObject([
    { name: '360p', codec: expect.stringMatching(/^avc1\./) },
    { name: '360p-vp9', codec: expect.stringMatching(/^vp09\./) },
  ]);
  await call('PUT', '/profiles/two', { json: { rungs } });
  const later = (await call('GET', `/jobs/${job.id}`)).body;
  expect(later).toMatchObject({ plan: { profile: { name: 'two', version: written.body.version } } });
});

test('a profile nobody knows is refused at the door, and fails a job that came as an event', async () => {
  const source = await uploadSource(newVideoId('unknown'), await sampleClip('tiny'));
  const { sourceKey } = source;
  expect(await call('POST', '/jobs', { json: { sourceKey, profile: 'none' } })).toMatchObject({
    status: 422,
    body: { error: { code: 'PROFILE_UNKNOWN' } },
  });
  publishUploads({ value: { ...source, profile: 'none' } });
  expect((await outcomes.waitFor(String(source.videoId), 30_000)).event.code).toBe('PROFILE_UNKNOWN');
});
