/** What a script may conclude from how the command ended. */
export const exitCodes = {
  /** Done; with --wait: the job completed. */
  done: 0,
  /** The job failed or was cancelled. */
  jobFailed: 1,
  /** verify found that database, topics and store disagree. */
  disagreement: 1,
  /** The command line or the file is at fault. */
  usage: 2,
  /** The gateway cannot be reached, or it refused, or something else came between. */
  refused: 3,
  /** Ctrl-C. */
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

/** Only an ended job or a disagreement answers 1: whatever else kept the command from being done says nothing about either. */
export const exitCodeOf = (error: unknown): number => (error instanceof UsageError ? exitCodes.usage : exitCodes.refused);
