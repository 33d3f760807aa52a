import type { ApiSchemas } from '@streamflix/client';
import { namedRows } from './text-table.ts';

/** A job as a person reads it. */
export function describeJob(job: ApiSchemas['Job']): string {
  const { outputs, error, tasks } = job;
  const summary = namedRows([
    ['job', job.id],
    ['video', job.videoId],
    ['state', job.state],
    ['progress', `${Math.floor(job.progress * 100)} %`],
    ['source', job.source.key],
    ['error', error === null ? null : `${error.code}: ${error.message}${error.stage === null ? '' : ` (${error.stage})`}`],
    ['duration', outputs === null ? null : `${outputs.durationSeconds.toFixed(2)} s`],
    ['HLS', outputs?.hlsManifestUrl ?? null],
    ['DASH', outputs?.dashManifestUrl ?? null],
    [
      'renditions',
      outputs === null
        ? null
        : outputs.renditions.map(({ name, bitrateKbps }) => `${name} ${Math.round(bitrateKbps)} kbit/s`).join(', '),
    ],
    ['created', job.createdAt],
    ['finished', job.finishedAt],
  ]);
  const work = tasks.map(
    ({ name, state, progress }) => `  ${name.padEnd(14)} ${state.padEnd(10)} ${Math.floor(progress * 100)} %`,
  );
  return [summary, ...(work.length === 0 ? [] : ['tasks', ...work])].join('\n');
}

/** A table of jobs, one a line. */
export function describeJobs(jobs: ApiSchemas['JobSummary'][]): string {
  if (jobs.length === 0) return 'No jobs.';
  const lines = jobs.map(({ id, state, createdAt, videoId, error }) =>
    [id, state.padEnd(11), createdAt.slice(0, 19), videoId.padEnd(24), error?.code ?? ''].join('  ').trimEnd(),
  );
  return [
    ['job'.padEnd(36), 'state'.padEnd(11), 'created (UTC)'.padEnd(19), 'video'.padEnd(24), 'error'].join('  '),
    ...lines,
  ].join('\n');
}
