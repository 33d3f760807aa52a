import { table } from '../format-report.ts';
import type { Latencies, UnderLoad } from './load.ts';
import type { Size } from './seed-tasks.ts';

export interface ClaimsReport {
  date: string;
  machine: string;
  postgres: string;
  /** Processes that wanted a core in the minute before: ours and others'. */
  load: number;
  size: Size;
  workers: number;
  taskSeconds: number;
  underLoad: UnderLoad;
  atOnce: number;
  atMost: Latencies;
  crowdTasks: number;
  crowded: UnderLoad;
}

export const targetP99Ms = 5;

const ms = (value: number): string => value.toFixed(2);
const row = (name: string, { claims, seconds, p50Ms, p99Ms, maxMs }: Latencies): string[] => [
  name,
  `${claims}`,
  (claims / seconds).toFixed(0),
  ms(p50Ms),
  ms(p99Ms),
  ms(maxMs),
];

/** In Markdown. */
export function formatClaims(report: ClaimsReport): string {
  const { date, machine, postgres, load, size, workers, taskSeconds, underLoad, atOnce, atMost, crowdTasks, crowded } = report;
  const verdict = underLoad.p99Ms < targetP99Ms ? 'below' : 'above';
  return [
    `Measured ${date} on ${machine}, ${postgres}; load of the machine in the minute before: ${load.toFixed(2)}.`,
    `${size.tasks} tasks, ${size.ready} of them ready, ${size.tenants} tenants; ${workers} workers that finish a task every ${taskSeconds} s.`,
    '',
    table(
      ['claims', 'number', 'a second', 'p50 ms', 'p99 ms', 'max ms'],
      [
        row('under the load of the workers', underLoad),
        row(`likewise, ${crowdTasks} tasks of a tenant at its limit ahead`, crowded),
        row(`the most, ${atOnce} at once`, atMost),
      ],
    ),
    '',
    `p99 is ${verdict} the target of ${targetP99Ms} ms. The process that measures was late by ${ms(underLoad.lateP99Ms)} ms (p99) itself.`,
  ].join('\n');
}
