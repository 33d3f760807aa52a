import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The part of the gateway's answer that the demo shows. */
export interface DemoJob {
  readonly id: string;
  readonly videoId: string;
  readonly state: string;
  readonly progress?: number;
  readonly outputs?: { readonly hlsManifestUrl?: string; readonly dashManifestUrl?: string } | null;
  readonly error?: { readonly code: string; readonly message: string } | null;
}

export interface Gateway {
  readonly url: string;
  readonly apiKey: string;
}

const finalStates = new Set(['completed', 'failed', 'cancelled']);

export function isFinal(job: DemoJob): boolean {
  return finalStates.has(job.state);
}

/** Streams the file to the gateway; the answer is the job that was made of it. */
export async function submitFile(gateway: Gateway, file: string, signal: AbortSignal): Promise<DemoJob> {
  const form = new FormData();
  form.set('file', await openAsBlob(file, { type: 'video/mp4' }), basename(file));
  return await request(gateway, '/api/v1/jobs/upload', { method: 'POST', body: form, signal });
}

/** Asks until the job has ended, and tells of every answer. */
export async function followJob(
  gateway: Gateway,
  id: string,
  signal: AbortSignal,
  onJob: (job: DemoJob) => void,
): Promise<DemoJob> {
  for (;;) {
    const job = await request(gateway, `/api/v1/jobs/${id}`, { signal });
    onJob(job);
    if (isFinal(job)) return job;
    await pause(500, undefined, { signal });
  }
}

async function request(gateway: Gateway, path: string, init: RequestInit): Promise<DemoJob> {
  const answer = await fetch(new URL(path, gateway.url), { ...init, headers: { 'x-api-key': gateway.apiKey } });
  const text = await answer.text();
  if (!answer.ok)
    throw new Error(`the gateway answers ${answer.status} to ${init.method ?? 'GET'} ${path}: ${text.slice(0, 500)}`);
  return JSON.parse(text) as DemoJob;
}

export function describeProgress(job: DemoJob): string {
  const share = Math.min(1, Math.max(0, job.progress ?? 0));
  const width = 30;
  const filled = Math.round(share * width);
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${String(Math.round(share * 100)).padStart(3)} %  ${job.state}`;
}

/** How a person gets to see the package. */
export function describePlayback(job: DemoJob): string[] {
  const { hlsManifestUrl: hls, dashManifestUrl: dash } = job.outputs ?? {};
  const lines: string[] = [];
  if (hls !== undefined) {
    lines.push(`HLS:      ${hls}`);
    if (dash !== undefined) lines.push(`DASH:     ${dash}`);
    lines.push(`Player:   ffplay "${hls}"    or    vlc "${hls}"`);
    lines.push(`Browser:  https://hlsjs.video-dev.org/demo/?src=${encodeURIComponent(hls)}`);
  } else if (dash !== undefined) {
    lines.push(`DASH:     ${dash}`, `Player:   ffplay "${dash}"    or    vlc "${dash}"`);
  }
  return lines;
}
