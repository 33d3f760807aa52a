import type { ToolRun } from './tool-watch.ts';

/** CPU seconds of a job by what used them; they add up to the whole. */
export type CpuRows = Record<string, number>;

/**
 * `whole` is each process with all it started, `own` the process alone. Tools are seen until shortly before they end, so what is left
 * over (sandboxes, tools' last moments) has a row of its own and keeps the sum right.
 */
export function cpuRows(
  whole: Readonly<Record<string, number>>,
  own: Readonly<Record<string, number>>,
  tools: readonly Pick<ToolRun, 'tool' | 'by' | 'cpuSeconds'>[],
): CpuRows {
  const rows: CpuRows = {};
  for (const { tool, by, cpuSeconds } of tools) {
    const name = `${by}: ${tool}`;
    rows[name] = (rows[name] ?? 0) + cpuSeconds;
  }
  const sampled = Object.values(rows).reduce((sum, seconds) => sum + seconds, 0);
  let rest = -sampled;
  for (const [name, seconds] of Object.entries(whole)) {
    const alone = own[name] ?? 0;
    rows[`${name}: the process itself`] = alone;
    rest += seconds - alone;
  }
  rows['sandboxes, and the last moments of tools'] = rest;
  return rows;
}
