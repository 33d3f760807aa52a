import { type CatalogueEntry, type ErrorClass, type ErrorCode, errorCatalogue } from './catalogue.ts';

export interface ErrorParticulars {
  /** Replaces the catalogue's sentence where a more exact one is known. */
  message?: string;
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** An error of the catalogue. Everything else that is thrown is an INTERNAL_ERROR until somebody says what it is. */
export class StreamflixError extends Error {
  readonly code: ErrorCode;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, { message, details = {}, cause }: ErrorParticulars = {}) {
    super(message ?? errorCatalogue[code].message, { cause });
    this.name = 'StreamflixError';
    this.code = code;
    this.details = details;
  }

  get class(): ErrorClass {
    return errorCatalogue[this.code].class;
  }

  get status(): number {
    return (errorCatalogue[this.code] satisfies CatalogueEntry).status;
  }
}

/** The catalogue's error for anything that was thrown; the original stays as the cause. */
export const toStreamflixError = (thrown: unknown): StreamflixError =>
  thrown instanceof StreamflixError
    ? thrown
    : new StreamflixError('INTERNAL_ERROR', {
        message: thrown instanceof Error ? thrown.message : String(thrown),
        cause: thrown,
      });

export const hasCode = (thrown: unknown, code: ErrorCode): boolean => thrown instanceof StreamflixError && thrown.code === code;
