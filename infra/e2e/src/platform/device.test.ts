import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureLoudness } from '@streamflix/infra/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { streamflix } from '../support/cli.ts';
import { sampleClip } from '../support/clips.ts';
import { selectRows } from '../support/database.ts';
import { call } from '../support/gateway-client.ts';
import { OutcomeReader } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { listObjects, newVideoId, readObject, uploadSource } from '../support/store.ts';

let platform: RunningPlatform;
let outcomes: OutcomeReader;
let event: Record<string, unknown>;
let job: Record<string, unknown>;
const dir = mkdtempSync(join(tmpdir(), 'streamflix-device-'));

/** Encodes the first chunk of H.264 as a device would, in software, and loses its driver in the middle of any other. */
function installFailingDevice(): string {
  const path = join(dir, 'ffmpeg');
  const real = process.env.FFMPEG_PATH ?? 'ffmpeg';
  writeFileSync(
    path,
    `#!/usr/bin/sh
case "$*" in
  *testsrc2*h264_nvenc*) exit 0 ;;
  *testsrc2*_nvenc*) exit 1 ;;
  *trim=start_pts*h264_nvenc*)
    echo frame=3; echo progress=continue
    echo '[h264_nvenc @ 0x1] [error] CUDA_ERROR_UNKNOWN: unknown error' >&2
    exit 1 ;;
  *h264_nvenc*)
    left=$#
    while [ $left -gt 0 ]; do
      left=$((left - 1)); word=$1; shift
      case $word in
        -rc|-cq|-forced-idr|-no-scenecut|-b:v) shift; left=$((left - 1)); continue ;;
        p4) word=ultrafast ;;
        h264_nvenc) word=libx264 ;;
      esac
      set -- "$@" "$word"
    done ;;
esac
exec ${real} "$@"
`,
  );
  chmodSync(path, 0o755);
  return path;
}

beforeAll(async () => {
  outcomes = new OutcomeReader();
  platform = await startPlatform('device', {
    names: ['ingest', 'probe', 'encode', 'package', 'sweep', 'gateway'],
    extraEnv: { encode: { FFMPEG_PATH: installFailingDevice(), MEDIA_DEVICES: '/dev/nvidia0', SLOTS: '2' } },
  });
  const document = {
    rungs: [{ shortSide: 360, ceilingKbps: 800 }],
    codecs: [{ codec: 'h264', hardware: true }],
    audio: { loudnessLufs: -16 },
  };
  expect((await call('PUT', '/profiles/on-a-device', { json: document })).status).toBe(200);
  const videoId = newVideoId('device');
  const source = await uploadSource(videoId, await sampleClip('pair'));
  const { body } = await call('POST', '/jobs', {
    json: { sourceKey: source.sourceKey, videoId, profile: 'on-a-device' },
  });
  event = (await outcomes.waitFor(videoId, 120_000)).event;
  job = (await call('GET', `/jobs/${body.id}`)).body;
}, 180_000);
afterAll(async () => {
  outcomes.close();
  await platform.stop();
});

test('a rendition whose device fails at one chunk is made whole in software, and its history says why', async () => {
  expect(event).toMatchObject({ renditions: [{ name: '360p' }], verification: { passed: true } });
  const history = await selectRows<{ why: string }>(`select why from history where job_id = $1 and task_id is null`, [job.id]);
  expect(history.map(({ why }) => why)).toContainEqual(
    expect.stringMatching(/^360p in software instead of h264_nvenc: ENCODER_FAILED/),
  );
  const tasks = await selectRows<{ name: string; state: string; onDevice: boolean }>(
    `select name, state, spec::text like '%nvenc%' as "onDevice" from tasks where job_id = $1 and kind = 'video' order by name`,
    [job.id],
  );
  expect(tasks).toEqual(['video-0', 'video-1'].map((name) => ({ name, state: 'done', onDevice: false })));
  expect(await streamflix(['verify', '--job', String(job.id)])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('agree'),
  });
});

test('the sound is as loud as its profile wants it, and no peak comes near full scale', async () => {
  const clip = measureLoudness(await sampleClip('pair'));
  expect(Math.abs(clip.lufs + 16)).toBeGreaterThan(2);
  const folder = `${event.packagePrefix}audio/`;
  const segments = (await listObjects(folder)).filter((key) => key.endsWith('.m4s')).sort();
  const sound = join(dir, 'sound.mp4');
  const parts = await Promise.all([`${folder}init.mp4`, ...segments].map(readObject));
  writeFileSync(sound, Buffer.concat(parts));
  const { lufs, truePeakDb } = measureLoudness(sound);
  expect(Math.abs(lufs + 16)).toBeLessThan(1);
  expect(truePeakDb).toBeLessThan(-1);
});

test('event and API tell what the source was found to be', () => {
  const found = { container: expect.stringContaining('mp4'), durationSeconds: 48, sizeBytes: expect.any(Number) };
  expect(event.source).toMatchObject({
    ...found,
    video: { codec: 'h264', width: 640, height: 360, frameRate: 25, variableFrameRate: false, fieldOrder: 'progressive' },
    audio: [{ codec: 'aac', channels: 1, sampleRate: 48_000 }],
    text: [],
    chapters: [],
  });
  expect(job).toMatchObject({ plan: { source: { ...found, width: 640, frameRate: 25, audio: [{ sampleRate: 48_000 }] } } });
});
