import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { ApiSchemas, paths } from '@streamflix/client';
import { openApi, patientFetch, told } from './api.ts';
import { authorize } from './authorize.ts';
import type { Connection } from './connection.ts';
import { type DeadLetterClient, deadLetterClient } from './dead-letter-client.ts';
import { type IdentityClient, identityClient } from './identity-client.ts';
import { type InsightClient, insightClient } from './insight-client.ts';
import { type ProfileClient, profileClient } from './profile-client.ts';
import { type SubmissionClient, submissionClient } from './submission-client.ts';

export type Job = ApiSchemas['Job'];
type JobList = ApiSchemas['JobList'];
export type ListOptions = NonNullable<paths['/api/v1/jobs']['get']['parameters']['query']>;
export type HistoryPage = NonNullable<paths['/api/v1/jobs/{jobId}/history']['get']['parameters']['query']>;

export interface GatewayClient {
  /** Throws RefusedError and UnreachableError, as all do. */
  getJob(jobId: string, signal?: AbortSignal): Promise<Job>;
  explainJob(jobId: string): Promise<ApiSchemas['Explanation']>;
  listJobs(options: ListOptions): Promise<JobList>;
  historyOf(jobId: string, page: HistoryPage): Promise<ApiSchemas['JobHistory']>;
  cancelJob(jobId: string): Promise<Job>;
  /** With its files. It must have ended, unless it is to be cancelled first. */
  deleteJob(jobId: string, options: { cancelsFirst: boolean }): Promise<void>;
  retryJob(jobId: string, wanted: { renditions: string[]; tasks: string[] }): Promise<Job>;
  /** Lines of newline-delimited JSON. */
  openVerification(query: { since?: string; jobId?: string }, signal: AbortSignal): Promise<Readable>;
  reprioritiseJob(jobId: string, priority: number): Promise<Job>;
  openEvents(jobId: string, signal: AbortSignal): Promise<Readable>;
  submissions: SubmissionClient;
  insight: InsightClient;
  deadLetters: DeadLetterClient;
  profiles: ProfileClient;
  identity: IdentityClient;
}

/** A busy store takes its time for one window of jobs. */
const verificationFetch = patientFetch({ headersTimeout: 10 * 60_000, bodyTimeout: 10 * 60_000 });
/** Twice what the gateway lets pass between two comments. */
const eventsFetch = patientFetch({ headersTimeout: 30_000, bodyTimeout: 30_000 });

const readable = (stream: unknown): Readable => Readable.fromWeb(stream as ReadableStream);

/** The API as one caller, for its own tenant unless another is meant. */
export function connectGateway(connection: Connection, tenant?: string): GatewayClient {
  const meant = tenant === undefined ? {} : { 'x-tenant-id': tenant };
  const api = openApi(connection.url, async () => ({ ...(await authorize(connection)), ...meant }));
  const ofJob = (jobId: string) => ({ params: { path: { jobId } } });
  return {
    getJob: (jobId, signal) =>
      told(api.GET('/api/v1/jobs/{jobId}', { ...ofJob(jobId), ...(signal === undefined ? {} : { signal }) })),
    explainJob: (jobId) => told(api.GET('/api/v1/jobs/{jobId}/explain', ofJob(jobId))),
    listJobs: (query) => told(api.GET('/api/v1/jobs', { params: { query } })),
    openVerification: async (query, signal) =>
      readable(
        await told(api.GET('/api/v1/verification', { params: { query }, parseAs: 'stream', fetch: verificationFetch, signal })),
      ),
    historyOf: (jobId, query) => told(api.GET('/api/v1/jobs/{jobId}/history', { params: { path: { jobId }, query } })),
    cancelJob: (jobId) => told(api.DELETE('/api/v1/jobs/{jobId}', ofJob(jobId))),
    deleteJob: async (jobId, { cancelsFirst }) => {
      const query = { purge: 'true', cancel: cancelsFirst ? 'true' : 'false' } as const;
      await told(api.DELETE('/api/v1/jobs/{jobId}', { params: { path: { jobId }, query } }));
    },
    retryJob: (jobId, body) => told(api.POST('/api/v1/jobs/{jobId}/retry', { ...ofJob(jobId), body })),
    reprioritiseJob: (jobId, priority) => told(api.PATCH('/api/v1/jobs/{jobId}', { ...ofJob(jobId), body: { priority } })),
    openEvents: async (jobId, signal) =>
      readable(
        await told(api.GET('/api/v1/jobs/{jobId}/events', { ...ofJob(jobId), parseAs: 'stream', fetch: eventsFetch, signal })),
      ),
    submissions: submissionClient(api),
    insight: insightClient(api),
    deadLetters: deadLetterClient(api),
    profiles: profileClient(api),
    identity: identityClient(api),
  };
}
