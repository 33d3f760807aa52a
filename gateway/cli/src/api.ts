import { type ApiSchemas, createStreamflixClient, type StreamflixClient } from '@streamflix/client';
import { Agent, fetch as undiciFetch } from 'undici';
import { RefusedError, UnreachableError } from './exit-codes.ts';

/** How long the gateway may say nothing: before its answer begins, and in the middle of it. */
export interface Patience {
  headersTimeout: number;
  bodyTimeout: number;
}

export type Fetch = (request: Request) => Promise<Response>;

const ordinary: Patience = { headersTimeout: 30_000, bodyTimeout: 30_000 };

const reasonOf = (error: unknown): string => {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : message) : message;
};

/** fetch that gives up after a silence, and says so in the words of this program. */
export function patientFetch(patience: Patience): Fetch {
  const dispatcher = new Agent(patience);
  return async (request) => {
    const { url, method, headers, body, signal } = request;
    try {
      const init = {
        method,
        headers: [...headers],
        body,
        signal,
        dispatcher,
        ...(body === null ? {} : { duplex: 'half' as const }),
      };
      return (await undiciFetch(url, init)) as unknown as Response;
    } catch (error) {
      signal.throwIfAborted();
      throw new UnreachableError(`The gateway at ${new URL(url).origin} does not answer: ${reasonOf(error)}`, { cause: error });
    }
  };
}

const ordinaryFetch = patientFetch(ordinary);

/** The API, without anybody's name unless `authorize` says it. */
export const openApi = (url: string, authorize?: () => Promise<Record<string, string>>): StreamflixClient =>
  createStreamflixClient({ url, fetch: ordinaryFetch, authorize });

const isRefusal = (value: unknown): value is ApiSchemas['Error'] =>
  typeof value === 'object' && value !== null && 'error' in value && typeof value.error === 'object';

interface Answer<T> {
  data?: T | undefined;
  error?: unknown;
  response: Response;
}

/** What a success told. Throws RefusedError and UnreachableError. */
export async function told<T>(asked: Promise<Answer<T>>): Promise<T> {
  try {
    const { data, error, response } = await asked;
    if (response.ok) return data as T;
    throw isRefusal(error)
      ? new RefusedError(response.status, error.error.code, error.error.message)
      : new RefusedError(response.status, `HTTP_${response.status}`, 'The answer is not one of the gateway.');
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new RefusedError(200, 'UNEXPECTED_ANSWER', `What answers is not this gateway: ${error.message}`);
    }
    // The body broke off, or was silent for too long.
    if (error instanceof TypeError)
      throw new UnreachableError(`The gateway broke off its answer: ${reasonOf(error)}`, { cause: error });
    throw error;
  }
}
