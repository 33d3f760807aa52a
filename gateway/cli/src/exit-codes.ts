import { CommanderError } from 'commander';

/** What a script may conclude from how the command ended. */
export const exitCodes = {
  /** Done; with --wait: the job completed. */
  done: 0,
  /** The job failed or was cancelled. */
  jobFailed: 1,
  /** verify found that database, topics and store disagree. */
  disagreement: 1,
  /** submit-batch found one refused. */
  itemRefused: 1,
  /** The command line or the file is at fault. */
  usage: 2,
  /** The gateway cannot be reached, or it refused, or something else came between. */
  refused: 3,
  /** Ctrl-C, or a no to what delete asks. */
  interrupted: 130,
} as const;

/** The command line asks for something that cannot be. */
export class UsageError extends Error {}

/** The gateway did not answer. */
export class UnreachableError extends Error {}

/** The gateway answered with an error of the catalogue, or of a newer one. */
export class RefusedError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Only an outcome answers 1, of a job, a batch or a comparison: whatever else kept the command from being done is none. */
export function exitCodeOf(error: unknown): number {
  // Help and version end this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  return error instanceof UsageError ? exitCodes.usage : exitCodes.refused;
}
