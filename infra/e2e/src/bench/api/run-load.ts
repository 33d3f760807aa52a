import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Latencies {
  requests: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
}

export interface LoadResult extends Latencies {
  /** Answered with anything but 200, or not at all. */
  failed: number;
  /** Not even begun, for whoever asks had all hands full. */
  dropped: number;
  /** By what was asked. */
  pages: Record<string, Latencies>;
}

export interface Load {
  shape: 'status' | 'lists';
  /** Requests a second. */
  rate: number;
  seconds: number;
}

type Metrics = Record<string, { values: Record<string, number> }>;

const latenciesOf = (values: Record<string, number> = {}): Latencies => ({
  requests: values.count ?? 0,
  p50Ms: values.med ?? 0,
  p95Ms: values['p(95)'] ?? 0,
  p99Ms: values['p(99)'] ?? 0,
  maxMs: values.max ?? 0,
});

function toResult(metrics: Metrics): LoadResult {
  const pages = Object.entries(metrics)
    .filter(([name, { values }]) => name.startsWith('page_') && (values.count ?? 0) > 0)
    .map(([name, { values }]) => [name.slice('page_'.length).replaceAll('_', ' '), latenciesOf(values)] as const);
  return {
    ...latenciesOf(metrics.http_req_duration?.values),
    failed: metrics.checks?.values.fails ?? 0,
    dropped: metrics.dropped_iterations?.values.count ?? 0,
    pages: Object.fromEntries(pages),
  };
}

/** Asks a gateway as often as is said, whether or not it keeps up. */
export async function runLoad(
  {
    k6,
    stackDir,
    env,
    size,
  }: { k6: string; stackDir: string; env: Record<string, string>; size: { jobs: number; tenants: number } },
  { shape, rate, seconds }: Load,
  signal: AbortSignal,
): Promise<LoadResult> {
  const result = join(stackDir, `load-${shape}.json`);
  await rm(result, { force: true });
  const own = { SHAPE: shape, RATE: rate, SECONDS: seconds, JOBS: size.jobs, TENANTS: size.tenants, RESULT: result };
  const variables = Object.entries(own).map(([name, value]) => [name, String(value)]);
  await promisify(execFile)(k6, ['run', '--quiet', '--no-usage-report', join(import.meta.dirname, 'load.js')], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env, ...Object.fromEntries(variables) },
    signal,
    maxBuffer: 2 ** 26,
  });
  return toResult(JSON.parse(await readFile(result, 'utf8')) as Metrics);
}
