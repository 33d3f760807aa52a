import { type FindingKind, findingKindNames } from '@streamflix/contracts';
import { countOverdueCleanUps, findOrphans, oldestUnconfirmedSeconds, verifyJobs } from '@streamflix/infra/checker';
import type { Platform } from '@streamflix/infra/processor';
import { counter, gauge } from '@streamflix/infra/telemetry';

const findings = gauge('streamflix_checker_findings', 'Disagreements the last run of the checker found, by kind', '1');
const changing = gauge('streamflix_checker_changing_jobs', 'Jobs that changed each time the last run looked at them', '1');
const lastRun = gauge('streamflix_checker_last_run_timestamp_seconds', 'When the last whole run of the checker ended', 's');
const outboxAge = gauge(
  'streamflix_outbox_oldest_unconfirmed_seconds',
  'Age of the oldest event not read back from its topic',
  's',
);
const overdue = gauge('streamflix_cleanup_overdue_jobs', 'Ended jobs whose work folder should be gone', '1');
const orphans = gauge('streamflix_orphan_folders', 'Folders of jobs in the store that no job explains', '1');
const openUploads = gauge('streamflix_open_uploads', 'Unfinished writes in the store', '1');
const abortedUploads = counter('streamflix_aborted_uploads_total', 'Unfinished writes removed because of their age');

/** Compares database, topics and store for the jobs that changed lately; tells each finding in the log and counts them by kind. */
export async function checkRecentJobs(platform: Platform, signal: AbortSignal): Promise<void> {
  const { config, telemetry } = platform;
  const counts = new Map<FindingKind, number>(findingKindNames.map((kind) => [kind, 0]));
  // Orphans are told apart: that run lists the whole store.
  counts.delete('orphan-folder');
  const lines = verifyJobs(platform, { sinceMs: config.checker.windowMs }, { withOrphans: false, signal });
  for await (const line of lines) {
    if (line.type === 'finding') {
      const { type: _, ...finding } = line;
      telemetry.logger[line.severity === 'critical' ? 'error' : 'warn'](finding, 'database, topics and store disagree');
      counts.set(line.kind, (counts.get(line.kind) ?? 0) + 1);
    }
    if (line.type === 'summary') changing.record(line.changing);
  }
  for (const [kind, count] of counts) findings.record(count, { kind });
  lastRun.record(Math.floor(Date.now() / 1000));
}

/** Counts folders of jobs that no job explains, and removes writes that were begun long ago and never ended. */
export async function checkOrphans(platform: Platform): Promise<void> {
  const { config, storage, telemetry } = platform;
  const { aborted, open } = await storage.abortUploadsBefore(new Date(Date.now() - config.checker.uploadAbortMs));
  openUploads.record(open);
  if (aborted > 0) {
    abortedUploads.add(aborted);
    telemetry.logger.warn({ aborted, open }, 'unfinished uploads were removed because of their age');
  }
  let found = 0;
  for await (const finding of findOrphans(platform)) {
    found += 1;
    telemetry.logger.warn({ ...finding }, 'a folder in the store belongs to no job');
  }
  orphans.record(found);
}

/** How long events and work folders wait for the other loops of the sweeps. */
export async function watchBacklog({ database }: Platform): Promise<void> {
  outboxAge.record(await oldestUnconfirmedSeconds(database));
  overdue.record(await countOverdueCleanUps(database));
}
