import { setTimeout as delay } from 'node:timers/promises';
import { submit } from '../bench/platform-job.ts';
import type { RunningPlatform } from '../bench/running-platform.ts';

/** Enough that no worker waits for the next one. */
const openAtOnce = 8;
const lookEveryMs = 250;
/** Without a single job that ends. */
const patienceMs = 10 * 60_000;

interface Counts {
  open: number;
  completed: number;
  other: number;
}

async function countJobs({ database }: RunningPlatform): Promise<Counts> {
  const { rows } = await database.query<Counts>(
    `select count(*) filter (where finished_at is null)::int as open, count(*) filter (where state = 'completed')::int as completed,
            count(*) filter (where finished_at is not null and state <> 'completed')::int as other
     from jobs`,
  );
  const [counts] = rows;
  if (counts === undefined) throw new Error('jobs cannot be counted');
  return counts;
}

export interface Jobs {
  file: string;
  /** Videos are told apart by it. */
  label: string;
  count: number;
  signal: AbortSignal;
  onCompleted?: (completed: number) => void;
}

/** Runs so many jobs over one file, some at a time, to their ends. Throws when one does not complete. */
export async function runJobs(platform: RunningPlatform, { file, label, count, signal, onCompleted }: Jobs): Promise<void> {
  const sourceKey = `soak/${label}.mp4`;
  await platform.storage.write({ key: sourceKey }, { file });
  const { completed: before } = await countJobs(platform);
  let submitted = 0;
  let completed = 0;
  let changedAt = Date.now();
  while (completed < count) {
    const counts = await countJobs(platform);
    if (counts.other > 0) throw new Error(`${counts.other} jobs did not complete`);
    if (counts.completed - before > completed) {
      completed = counts.completed - before;
      changedAt = Date.now();
      onCompleted?.(completed);
    }
    if (Date.now() - changedAt > patienceMs) throw new Error(`no job has ended for ${patienceMs / 60_000} minutes`);
    for (let open = counts.open; open < openAtOnce && submitted < count; open += 1) {
      await submit(platform, sourceKey, `${label}-${submitted}`);
      submitted += 1;
    }
    await delay(lookEveryMs, undefined, { signal });
  }
}
