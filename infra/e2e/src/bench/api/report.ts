import { table } from '../format-report.ts';
import type { Latencies, LoadResult } from './run-load.ts';
import type { Size } from './seed-jobs.ts';

export interface Measured {
  name: string;
  result: LoadResult;
  /** Of p95 and p99; undefined: none. */
  targetMs: { p95: number; p99?: number };
}

export interface ApiReport {
  date: string;
  machine: string;
  postgres: string;
  size: Size;
  rate: number;
  seconds: number;
  status: Measured[];
  lists: Measured;
}

const ms = (value: number): string => value.toFixed(1);
const cells = ({ requests, p50Ms, p95Ms, p99Ms, maxMs }: Latencies): string[] => [
  `${requests}`,
  ...[p50Ms, p95Ms, p99Ms, maxMs].map(ms),
];
const header = ['requests', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'];

/** What a measurement missed; empty when it holds. */
export function missed({ name, result, targetMs }: Measured): string[] {
  const { p95Ms, p99Ms, failed, dropped } = result;
  return [
    ...(p95Ms < targetMs.p95 ? [] : [`${name}: p95 is ${ms(p95Ms)} ms and not under ${targetMs.p95} ms`]),
    ...(targetMs.p99 === undefined || p99Ms < targetMs.p99
      ? []
      : [`${name}: p99 is ${ms(p99Ms)} ms and not under ${targetMs.p99} ms`]),
    ...(failed === 0 ? [] : [`${name}: ${failed} failed`]),
    ...(dropped === 0 ? [] : [`${name}: ${dropped} were not even asked`]),
  ];
}

const verdictOf = (measured: Measured): string => (missed(measured).length === 0 ? 'holds' : missed(measured).join('; '));
const targetOf = ({ targetMs: { p95, p99 } }: Measured): string => `p95 < ${p95}${p99 === undefined ? '' : `, p99 < ${p99}`}`;

const row = (measured: Measured): string[] => [
  measured.name,
  ...cells(measured.result),
  `${measured.result.failed}`,
  targetOf(measured),
  verdictOf(measured),
];

/** In Markdown. */
export const formatApi = ({ date, machine, postgres, size, rate, seconds, status, lists }: ApiReport): string =>
  [
    `Measured ${date} on ${machine}, ${postgres}; k6, the gateway (one process), PostgreSQL, Redis and Kafka share these cores.`,
    `${size.jobs} jobs of ${size.tenants} tenants, three tasks each. Status: ${rate} requests a second for ${seconds} s, each of a job at random.`,
    '',
    table(['what', ...header, 'errors', 'target', ''], [...status, lists].map(row)),
    '',
    'Pages of lists, one by one:',
    '',
    table(
      ['page', ...header],
      Object.entries(lists.result.pages).map(([name, latencies]) => [name, ...cells(latencies)]),
    ),
  ].join('\n');
