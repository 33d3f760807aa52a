import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ApiJob, jobLifecycle, jobSchema } from '@streamflix/contracts';

export interface Gateway {
  readonly url: string;
  readonly apiKey: string;
}

/** Streams the file to the gateway; the answer is the job that was made of it. */
export async function submitFile(gateway: Gateway, file: string, signal: AbortSignal): Promise<ApiJob> {
  const form = new FormData();
  form.set('file', await openAsBlob(file, { type: 'video/mp4' }), basename(file));
  return await request(gateway, '/api/v1/jobs/upload', { method: 'POST', body: form, signal });
}

/** Asks until the job has ended, and tells of every answer. */
export async function followJob(
  gateway: Gateway,
  id: string,
  signal: AbortSignal,
  onJob: (job: ApiJob) => void,
): Promise<ApiJob> {
  for (;;) {
    const job = await request(gateway, `/api/v1/jobs/${id}`, { signal });
    onJob(job);
    if (jobLifecycle.isTerminal(job.state)) return job;
    await pause(500, undefined, { signal });
  }
}

async function request(gateway: Gateway, path: string, init: RequestInit): Promise<ApiJob> {
  const answer = await fetch(new URL(path, gateway.url), { ...init, headers: { 'x-api-key': gateway.apiKey } });
  const text = await answer.text();
  if (!answer.ok)
    throw new Error(`the gateway answers ${answer.status} to ${init.method ?? 'GET'} ${path}: ${text.slice(0, 500)}`);
  return jobSchema.parse(JSON.parse(text));
}

export function describeProgress(job: ApiJob): string {
  const share = job.progress;
  const width = 30;
  const filled = Math.round(share * width);
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${String(Math.round(share * 100)).padStart(3)} %  ${job.state}`;
}

/** How a person gets to see the package. */
export function describePlayback({ outputs }: ApiJob): string[] {
  if (outputs === null) return [];
  const { hlsManifestUrl: hls, dashManifestUrl: dash } = outputs;
  return [
    `HLS:      ${hls}`,
    `DASH:     ${dash}`,
    `Player:   ffplay "${hls}"    or    vlc "${hls}"`,
    `Browser:  https://hlsjs.video-dev.org/demo/?src=${encodeURIComponent(hls)}`,
  ];
}
