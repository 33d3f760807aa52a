import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { requireEnv } from './environment.ts';

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

export interface StreamEvent {
  event: string;
  data: Record<string, unknown>;
}

const urlOf = (path: string): URL => new URL(`/api/v1${path}`, requireEnv('GATEWAY_URL'));

/** A request as any client makes it. */
export async function call(
  method: string,
  path: string,
  init: { json?: unknown; body?: FormData; headers?: Record<string, string> } = {},
) {
  const { json, body, headers } = init;
  const answer = await fetch(urlOf(path), {
    method,
    headers: {
      'x-api-key': requireEnv('API_KEY'),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: json === undefined ? (body ?? null) : JSON.stringify(json),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> } satisfies Answer;
}

export function uploadForm(
  path: string,
  { filename = basename(path), type = 'video/mp4', fields = {} }: UploadOptions = {},
): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob([readFileSync(path)], { type }), filename);
  return form;
}

export interface UploadOptions {
  filename?: string;
  type?: string;
  fields?: Record<string, string>;
}

/** Everything that is told about a job until the stream ends. */
export async function watchJob(jobId: string): Promise<StreamEvent[]> {
  const answer = await fetch(urlOf(`/jobs/${jobId}/events`), { headers: { 'x-api-key': requireEnv('API_KEY') } });
  return [...(await answer.text()).matchAll(/^event: (.+)\ndata: (.+)$/gm)].map(([, event = '', data = '{}']) => ({
    event,
    data: JSON.parse(data) as Record<string, unknown>,
  }));
}
