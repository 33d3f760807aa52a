import { planJob } from '@streamflix/contracts';
import { plainSource } from '@streamflix/contracts/testkit';
import type pg from 'pg';

export interface Size {
  jobs: number;
  tenants: number;
}

const perStatement = 100_000;
const jobId = (index: string): string => `('00000000-0000-4000-8000-' || lpad(to_hex(${index}), 12, '0'))::uuid`;

const rung = (height: number) => ({
  ...{ name: `${height}p`, width: (height * 16) / 9, height, bitrateKbps: 5 * height },
  ...{ codec: 'avc1.640028', frameRate: 25, sizeBytes: 10_000_000 },
});

/** What VideoTranscoded said of a job, as large as it usually is. */
const outcome = {
  ...{ eventId: 'e', packagePrefix: 'tenants/t/jobs/j/package/v1/', packageVersion: 1, durationSeconds: 60 },
  ...{ hlsManifestUrl: 'http://media/master.m3u8', dashManifestUrl: 'http://media/manifest.mpd' },
  renditions: [1080, 720, 540, 360].map(rung),
  audio: [{ name: 'audio', language: 'en', channels: 2, bitrateKbps: 128, codec: 'mp4a.40.2', sizeBytes: 1_000_000 }],
  ...{ text: [], images: [], metadata: {} },
  verification: { passed: true, checks: 30, segments: 50, maxDurationErrorSeconds: 0.01, warnings: [] },
};

/** Jobs of a year, of many tenants, most of them completed, each with its plan and three tasks. */
export async function seedJobs(client: pg.Client, { jobs, tenants }: Size, say: (text: string) => void): Promise<void> {
  await client.query('set synchronous_commit = off');
  // Of an earlier run there may be another number.
  await client.query('truncate jobs, tasks, job_metadata cascade');
  // What triggers would do row by row is done at once below.
  await client.query('set session_replication_role = replica');
  const plan = JSON.stringify(planJob(plainSource()));
  for (let from = 0; from < jobs; from += perStatement) {
    const range = [from, Math.min(jobs, from + perStatement) - 1];
    await client.query(
      `insert into jobs (id, tenant_id, video_id, source_bucket, source_key, source_etag, profile, priority, metadata, state, plan, outcome,
        error_code, created_at, updated_at, finished_at)
      select ${jobId('i')}, 'tenant-' || i % $3::int, 'v' || i, 'b', 'k' || i, 'e', 'profile-' || i % 7, 1 + i % 10,
        jsonb_build_object('team', 'team-' || i % 13, 'title', 'Film ' || i), state, $4::jsonb,
        case state when 'completed' then $5::jsonb when 'failed' then '{"retriable": false}'::jsonb end,
        case when state = 'failed' then 'SOURCE_CORRUPT' end,
        made, made + interval '10 minutes', case when state in ('completed', 'failed') then made + interval '10 minutes' end
      from generate_series($1::int, $2::int) i,
        lateral (select case when i % 50 = 0 then 'failed' when i % 97 = 0 then 'transcoding' else 'completed' end as state) as kind,
        lateral (select timestamptz '2025-07-01' + i * interval '31 seconds' as made) as age`,
      [...range, tenants, plan, JSON.stringify(outcome)],
    );
    await client.query(
      `insert into tasks (id, job_id, tenant_id, pool, kind, name, state, spec, predicted_cpu_seconds, started_at, finished_at, progress)
      select gen_random_uuid(), ${jobId('i')}, 'tenant-' || i % $3::int, pool, kind, name, 'done', '{"kind":"video"}', 10, now(), now(), 1
      from generate_series($1::int, $2::int) i,
        (values ('probe', 'probe', 'probe'), ('encode', 'video', 'video-0'), ('package', 'package', 'package')) as task (pool, kind, name)`,
      [...range, tenants],
    );
    say(`${range[1]} jobs`);
  }
  await client.query(
    `insert into job_metadata (tenant_id, entry, created_at, job_id)
    select tenant_id, md5(md5(key) || value)::uuid, created_at, id from jobs, jsonb_each_text(metadata)`,
  );
  // What filling left to do is not to be done while it is measured.
  await client.query('vacuum analyze');
  await client.query('checkpoint');
}
