import { chmodSync, copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleClip } from '../support/clips.ts';
import { requireEnv } from '../support/environment.ts';
import { OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { listObjects, newVideoId, uploadSource } from '../support/store.ts';

let platform: RunningPlatform;
let outcomes: OutcomeReader;

/** The real packager, after which one segment is cut short, as a full disk or a bug would leave it. */
function installDamagingPackager(): string {
  const dir = mkdtempSync(join(tmpdir(), 'streamflix-packager-'));
  copyFileSync(requireEnv('PACKAGER_PATH'), join(dir, 'real'));
  const path = join(dir, 'packager');
  writeFileSync(
    path,
    `#!/usr/bin/sh
"${dir}/real" "$@" || exit $?
[ "$1" != --version ] || exit 0
find . -path '*480p/seg-00001.m4s' -exec truncate -s 1000 {} +
`,
  );
  for (const file of [path, join(dir, 'real')]) chmodSync(file, 0o755);
  return path;
}

beforeAll(async () => {
  outcomes = new OutcomeReader();
  platform = await startPlatform('package-gate', {
    names: ['ingest', 'probe', 'encode', 'package', 'sweep'],
    extraEnv: { package: { PACKAGER_PATH: installDamagingPackager() } },
  });
});
afterAll(async () => {
  outcomes.close();
  await platform.stop();
});

test('a package with a damaged segment is tried again, then failed, and nobody ever sees it', async () => {
  const videoId = newVideoId('damaged');
  publishUploads({ value: await uploadSource(videoId, await sampleClip('tiny')) });
  const { topic, event } = await outcomes.waitFor(videoId);
  expect([topic, event.code, event.stage]).toEqual(['video.failed', 'PACKAGE_INVALID', 'package']);
  expect(outcomes.of(videoId).map((each) => each.topic)).not.toContain('video.transcoded');
  expect(await listObjects(`tenants/acme/jobs/${event.jobId}/package/`)).toEqual([]);
});
