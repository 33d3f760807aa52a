import { Readable } from 'node:stream';
import type { ApiSchemas, StreamflixClient } from '@streamflix/client';
import { patientFetch, told } from './api.ts';
import type { FormBody } from './upload-form.ts';

type Job = ApiSchemas['Job'];

export interface Call {
  signal: AbortSignal;
  /** The same key with the same request gets the first answer again. */
  idempotencyKey?: string | undefined;
}

export interface SubmissionClient {
  /** Throws RefusedError and UnreachableError, as all do. */
  upload(form: FormBody, call: Call): Promise<Job>;
  create(request: ApiSchemas['CreateJobRequestInput'], call: Call): Promise<Job>;
  createFromFolder(request: ApiSchemas['FolderSourceRequestInput'], call: Call): Promise<Job>;
  createBatch(request: ApiSchemas['CreateBatchRequestInput'], call: Call): Promise<ApiSchemas['BatchAnswer']>;
}

/** After the last byte of a file the store may take a while to put it together, and to look at each object of a batch. */
const slowFetch = patientFetch({ headersTimeout: 10 * 60_000, bodyTimeout: 30_000 });

const spoken = ({ signal, idempotencyKey }: Call) => ({
  signal,
  headers: idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
});

export const submissionClient = (api: StreamflixClient): SubmissionClient => ({
  upload: ({ body, contentType, sizeBytes }, call) => {
    const { signal, headers } = spoken(call);
    // The form is a stream that is made while it is sent; the document describes its fields.
    const stream = Readable.toWeb(body);
    const sent = {
      body: { file: '' },
      bodySerializer: () => stream,
      headers: { ...headers, 'content-type': contentType, 'content-length': String(sizeBytes) },
      duplex: 'half' as const,
    };
    return told(api.POST('/api/v1/jobs/upload', { ...sent, fetch: slowFetch, signal }));
  },
  create: (body, call) => told(api.POST('/api/v1/jobs', { body, ...spoken(call) })),
  createFromFolder: (body, call) => told(api.POST('/api/v1/jobs/filesystem', { body, ...spoken(call) })),
  createBatch: (body, call) => told(api.POST('/api/v1/jobs/batch', { body, ...spoken(call), fetch: slowFetch })),
});
