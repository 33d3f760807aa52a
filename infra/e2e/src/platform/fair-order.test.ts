import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { selectRows } from '../support/database.ts';
import { call } from '../support/gateway-client.ts';
import { publishUploads } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId, uploadSource } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

const queuedJobs = 500;
let platforms: RunningPlatform[] = [];

afterEach(async () => {
  for (const platform of platforms) await platform.stop();
  platforms = [];
});

async function start(...[name, options]: Parameters<typeof startPlatform>): Promise<void> {
  platforms.push(await startPlatform(name, options));
}

const untilProbesWait = (videoIds: string, count: number) =>
  waitFor(`${count} probes of ${videoIds}`, async () => {
    const rows = await selectRows(
      `select 1 from tasks join jobs j on j.id = job_id where j.video_id like $1 and name = 'probe' and tasks.state = 'ready'`,
      [videoIds],
    );
    return rows.length === count ? true : undefined;
  });

/** Whose tasks were claimed of these videos, in the order of their claims; one process of a pool claims one after the other. */
const claimsOf = (videoIds: string): Promise<{ videoId: string }[]> =>
  selectRows(
    `select j.video_id as "videoId" from history h join jobs j on j.id = h.job_id
     where j.video_id like $1 and h.task_id is not null and h.to_state = 'running' order by h.id`,
    [videoIds],
  );

const cancelAll = async (videoIds: string): Promise<void> => {
  const live = await selectRows<{ id: string }>(`select id from jobs where video_id like $1 and finished_at is null`, [videoIds]);
  for (const { id } of live) await call('DELETE', `/jobs/${id}`);
};

test('a single video waits for one probe at most, though another tenant uploaded 500 before it', async () => {
  // No video at all, so that what is probed has ended at once.
  const path = join(mkdtempSync(join(tmpdir(), 'streamflix-fair-')), 'text.mp4');
  writeFileSync(path, 'I am no video.\n'.repeat(100));
  const run = newVideoId('fair');
  const tenantId = process.env.API_TENANT ?? 'default';
  await start('fair-order', { names: ['ingest', 'gateway'] });
  const source = await uploadSource(`${run}-crowd`, path, { tenantId });
  const crowd = Array.from({ length: queuedJobs }, (_, index) => `${run}-crowd-${index}`);
  publishUploads(...crowd.map((videoId) => ({ value: { ...source, videoId, eventId: videoId } })));
  await untilProbesWait(`${run}-crowd-%`, queuedJobs);
  const single = `${run}-single`;
  publishUploads({ value: await uploadSource(single, path, { tenantId: 'newcomer' }) });
  await untilProbesWait(single, 1);
  await start('fair-order-probe', { names: ['probe'], env: { SLOTS: '1' } });
  const order = await waitFor('the single video claimed', async () => {
    const claimed = (await claimsOf(`${run}-%`)).map(({ videoId }) => videoId);
    return claimed.includes(single) ? claimed : undefined;
  });
  await cancelAll(`${run}-%`);
  expect(order.indexOf(single)).toBeLessThanOrEqual(1);
}, 240_000);
