import type { ApiSchemas } from '@streamflix/client';
import { namedRows, printable, table } from './text-table.ts';

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const seconds = (amount: number): string => `${Math.round(amount)} s`;

const timeOf = (times: ApiSchemas['Estimate']['seconds']): string =>
  times === null
    ? 'not known: no worker is there'
    : `about ${seconds(times.total)}: ${seconds(times.wait)} of waiting, ${seconds(times.work)} of work`;

/** What a job would come to, as a person reads it. */
export function describeEstimate({
  profile,
  renditions,
  tasks,
  cpuSeconds,
  maxOutputBytes,
  queue,
  seconds: times,
}: ApiSchemas['Estimate']): string {
  const summary = namedRows([
    ['profile', profile.version === 0 ? profile.name : `${profile.name}, version ${profile.version}`],
    ['tasks', tasks],
    ['CPU', seconds(cpuSeconds)],
    ['output', `at most ${megabytes(maxOutputBytes)}`],
    ['queue', `${seconds(queue.cpuSecondsAhead)} of CPU ahead, ${queue.slots} slots`],
    ['time', timeOf(times)],
  ]);
  const rows = renditions.map(({ name, kind, width, height, maxBytes }) => [
    name,
    kind,
    width === null || height === null ? '' : `${width}x${height}`,
    megabytes(maxBytes),
  ]);
  return `${summary}\n\n${table(['rendition', 'kind', 'size', 'at most'], rows)}`;
}

type WorkDone = Omit<ApiSchemas['Usage']['items'][number], 'tenantId' | 'keyId' | 'keyName' | 'day'>;

const workTitles = ['completed', 'failed', 'cancelled', 'source', 'output', 'CPU'];
const workCells = ({ completed, failed, cancelled, sourceMinutes, outputBytes, cpuSeconds }: WorkDone): string[] => [
  ...[completed, failed, cancelled].map(String),
  `${sourceMinutes.toFixed(1)} min`,
  megabytes(outputBytes),
  seconds(cpuSeconds),
];

/** How the work stands: jobs by state, the last hour, queues and, where they are told, workers. */
export function describeStats({ scope, at, jobs, queues, lastHour, workers }: ApiSchemas['Stats']): string {
  const queueRows = queues.map(({ pool, waiting, running, waitingCpuSeconds, oldestSeconds }) => [
    pool,
    String(waiting),
    String(running),
    seconds(waitingCpuSeconds),
    oldestSeconds === null ? '' : seconds(oldestSeconds),
  ]);
  const workerRows = workers?.map(({ pool, seen, quarantined, slots }) => [pool, ...[seen, quarantined, slots].map(String)]);
  return [
    `Of ${scope === 'platform' ? 'all tenants' : 'the tenant'}, at ${at}`,
    table(
      ['jobs', ''],
      Object.entries(jobs).map(([state, count]) => [state, String(count)]),
    ),
    table(['last hour', ...workTitles], [['', ...workCells(lastHour)]]),
    table(['queue', 'waiting', 'running', 'CPU waiting', 'oldest'], queueRows),
    ...(workerRows === undefined ? [] : [table(['workers', 'seen', 'quarantined', 'slots'], workerRows)]),
  ].join('\n\n');
}

const whoOf = (
  { tenantId, keyId, keyName, day }: ApiSchemas['Usage']['items'][number],
  by: ApiSchemas['Usage']['by'],
): string => {
  if (by === 'day') return day ?? '';
  return by === 'tenant' ? (tenantId ?? '') : `${tenantId ?? ''} ${printable(keyName ?? keyId ?? 'without a key')}`.trim();
};

/** A table of what was done, one tenant, key or day a line. */
export function describeUsage({ from, to, by, items }: ApiSchemas['Usage']): string {
  const rows = items.map((item) => [whoOf(item, by), ...workCells(item)]);
  return `From ${from} to ${to}\n${rows.length === 0 ? 'Nothing was done.' : table([by, ...workTitles], rows)}`;
}
