import { S3ServiceException } from '@aws-sdk/client-s3';
import { StreamflixError } from '@streamflix/contracts';

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

const networkNames = new Set(['TimeoutError', 'NetworkingError', 'CredentialsProviderError']);

function isNetworkFailure(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined;
  return networkNames.has(error.name) || (typeof code === 'string' && networkCodes.has(code));
}

const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;

export const isMissing = (error: unknown): boolean => statusOf(error) === 404;

const unavailable = (cause: unknown) => new StreamflixError('STORE_UNAVAILABLE', { cause });

/** The catalogue's error for what the client threw. `isOwnBucket`: being refused there is our fault, never the source's. */
export function translateS3Error(error: unknown, isOwnBucket: boolean): unknown {
  if (error instanceof StreamflixError || !(error instanceof Error)) return error;
  // The first is what happened; the others happened while that was cleaned up, or at the same server's other addresses.
  if (error instanceof AggregateError && error.errors.length > 0) return translateS3Error(error.errors[0], isOwnBucket);
  const status = statusOf(error);
  if (status === undefined) return isNetworkFailure(error) ? unavailable(error) : error;
  if (status === 404) return new StreamflixError('SOURCE_NOT_FOUND', { cause: error });
  if (status === 412) return new StreamflixError('SOURCE_CHANGED', { cause: error });
  if (status === 401 || status === 403)
    return isOwnBucket ? unavailable(error) : new StreamflixError('SOURCE_FORBIDDEN', { cause: error });
  return status >= 500 || status === 429 || status === 408 || error.name === 'RequestTimeout' ? unavailable(error) : error;
}
