import type { ErrorCode, Pool } from '@streamflix/contracts';
import { counter } from '../telemetry/index.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** A task that was given up through no fault of its source, with what a person needs to judge it. */
export interface ExhaustedTask {
  taskId: string;
  jobId: string;
  pool: Pool;
  /** Failures, this one included. */
  attempts: number;
  code: ErrorCode;
  message: string;
  signature: string;
  firstFailedAt: Date;
  lastFailedAt: Date;
}

const exhausted = counter(
  'streamflix_tasks_exhausted_total',
  'Tasks given up through no fault of their source, by pool and code',
);

/** The one place where exhausted tasks are handed over, in the transaction that gives them up. The job is locked. */
export async function handOverExhausted(_unit: UnitOfWork, { pool, code }: ExhaustedTask): Promise<void> {
  exhausted.add(1, { pool, code });
}
