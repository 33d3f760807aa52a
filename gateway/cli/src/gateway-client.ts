import type { Readable } from 'node:stream';
import {
  type ApiJob,
  type ApiJobList,
  type Explanation,
  errorAnswerSchema,
  explanationSchema,
  jobListSchema,
  jobSchema,
} from '@streamflix/contracts';
import { type Dispatcher, errors, request } from 'undici';
import { authorize } from './authorize.ts';
import type { Connection } from './connection.ts';
import { type DeadLetterClient, deadLetterClient } from './dead-letter-client.ts';
import { RefusedError, UnreachableError } from './exit-codes.ts';
import { type IdentityClient, identityClient } from './identity-client.ts';
import { type ProfileClient, profileClient } from './profile-client.ts';
import type { FormBody } from './upload-form.ts';

export interface ListOptions {
  state?: string;
  videoId?: string;
  limit?: number;
  cursor?: string;
}

export interface GatewayClient {
  /** Throws RefusedError and UnreachableError, as all do. */
  upload(form: FormBody, signal: AbortSignal): Promise<ApiJob>;
  getJob(jobId: string, signal?: AbortSignal): Promise<ApiJob>;
  explainJob(jobId: string): Promise<Explanation>;
  listJobs(options: ListOptions): Promise<ApiJobList>;
  cancelJob(jobId: string): Promise<ApiJob>;
  retryJob(jobId: string, wanted: { renditions: readonly string[]; tasks: readonly string[] }): Promise<ApiJob>;
  /** Lines of newline-delimited JSON. */
  openVerification(query: { since?: string; jobId?: string }, signal: AbortSignal): Promise<Readable>;
  reprioritiseJob(jobId: string, priority: number): Promise<ApiJob>;
  openEvents(jobId: string, signal: AbortSignal): Promise<Readable>;
  deadLetters: DeadLetterClient;
  profiles: ProfileClient;
  identity: IdentityClient;
}

type Options = Partial<Pick<Dispatcher.RequestOptions, 'method' | 'body' | 'headers' | 'headersTimeout' | 'bodyTimeout'>> & {
  signal?: AbortSignal | undefined;
};

/** An answer of the API in the form of its schema. Throws RefusedError and UnreachableError. */
export type ReadJson = <T>(schema: { parse(value: unknown): T }, path: string, options?: Options) => Promise<T>;

/** After the last byte of a file the store may take a while to put it together. */
const uploadAnswerMs = 10 * 60_000;
const answerMs = 30_000;
/** A busy store takes its time for one window of jobs. */
const silentVerificationMs = 10 * 60_000;
/** Twice what the gateway lets pass between two comments. */
const silentEventsMs = 30_000;

const isOfNetwork = (error: unknown): boolean =>
  error instanceof errors.UndiciError || (error instanceof Error && 'code' in error && 'syscall' in error);

function refusalOf(status: number, text: string): RefusedError {
  try {
    const { error } = errorAnswerSchema.parse(JSON.parse(text));
    return new RefusedError(status, error.code, error.message);
  } catch {
    return new RefusedError(status, `HTTP_${status}`, 'The answer is not one of the gateway.');
  }
}

export function connectGateway(connection: Connection): GatewayClient {
  const { url } = connection;

  async function send(path: string, { signal, ...options }: Options = {}): Promise<Dispatcher.ResponseData> {
    const headers = { ...(await authorize(connection)), ...(options.headers as Record<string, string> | undefined) };
    try {
      const answer = await request(`${url}/api/v1${path}`, {
        headersTimeout: answerMs,
        bodyTimeout: answerMs,
        ...options,
        ...(signal === undefined ? {} : { signal }),
        headers,
      });
      if (answer.statusCode >= 400) throw refusalOf(answer.statusCode, await answer.body.text());
      return answer;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isOfNetwork(error)) throw error;
      throw new UnreachableError(`The gateway at ${url} does not answer: ${(error as Error).message}`, { cause: error });
    }
  }

  async function readJson<T>(schema: { parse(value: unknown): T }, path: string, options?: Options): Promise<T> {
    const { statusCode, body } = await send(path, options);
    const text = await body.text().catch((error: Error) => {
      throw new UnreachableError(`The gateway at ${url} broke off its answer.`, { cause: error });
    });
    try {
      return schema.parse(text === '' ? null : JSON.parse(text));
    } catch (error) {
      throw new RefusedError(
        statusCode,
        'UNEXPECTED_ANSWER',
        `What answers at ${url} is not this gateway: ${(error as Error).message}`,
      );
    }
  }

  const queryOf = (options: object): URLSearchParams => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(options)) if (value !== undefined) query.set(name, String(value));
    return query;
  };
  const jobPath = (jobId: string): string => `/jobs/${encodeURIComponent(jobId)}`;

  return {
    upload: (form, signal) =>
      readJson(jobSchema, '/jobs/upload', {
        method: 'POST',
        body: form.body,
        headers: { 'content-type': form.contentType, 'content-length': String(form.sizeBytes) },
        headersTimeout: uploadAnswerMs,
        signal,
      }),
    getJob: (jobId, signal) => readJson(jobSchema, jobPath(jobId), { signal }),
    explainJob: (jobId) => readJson(explanationSchema, `${jobPath(jobId)}/explain`),
    listJobs: (options) => readJson(jobListSchema, `/jobs?${queryOf(options)}`),
    openVerification: async (query, signal) => {
      const patience = { headersTimeout: silentVerificationMs, bodyTimeout: silentVerificationMs };
      return (await send(`/verification?${queryOf(query)}`, { ...patience, signal })).body;
    },
    cancelJob: (jobId) => readJson(jobSchema, jobPath(jobId), { method: 'DELETE' }),
    retryJob: (jobId, wanted) =>
      readJson(jobSchema, `${jobPath(jobId)}/retry`, {
        method: 'POST',
        body: JSON.stringify(wanted),
        headers: { 'content-type': 'application/json' },
      }),
    reprioritiseJob: (jobId, priority) =>
      readJson(jobSchema, jobPath(jobId), {
        method: 'PATCH',
        body: JSON.stringify({ priority }),
        headers: { 'content-type': 'application/json' },
      }),
    openEvents: async (jobId, signal) => (await send(`${jobPath(jobId)}/events`, { bodyTimeout: silentEventsMs, signal })).body,
    deadLetters: deadLetterClient(readJson),
    profiles: profileClient(readJson),
    identity: identityClient(readJson),
  };
}
