import { StreamflixError } from '@streamflix/contracts';

/** The database went away while it was told to commit: what the transaction did may be there, and may not. */
export class CommitUnknown extends StreamflixError {
  constructor(cause: unknown) {
    super('DATABASE_UNAVAILABLE', { cause });
  }
}
