import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { objectKeys, type SourceOrigin, StreamflixError, safeFileName } from '@streamflix/contracts';
import { openWebSource, sourceRules } from '@streamflix/infra/net';
import type { TaskContext, WorkOutcome } from '@streamflix/infra/processor';
import { type FetchedSource, tellFetched } from '@streamflix/infra/work';
import { openFolderSource } from './fetch-folder.ts';

const timeoutMs = 30_000;

interface OpenSource {
  sizeBytes: number | null;
  contentType: string | null;
  body: AsyncGenerator<Buffer>;
  close(): Promise<void>;
}

async function openSource({ platform, job }: TaskContext, origin: SourceOrigin, signal: AbortSignal): Promise<OpenSource> {
  const { fetch, sources } = platform.config;
  const { maxBytes } = sources;
  if (origin.kind === 'url') {
    const { minBytesPerSecond } = fetch;
    return openWebSource(origin.url, { rules: sourceRules(fetch), maxBytes, minBytesPerSecond, timeoutMs, signal });
  }
  const root = Object.hasOwn(fetch.folders, origin.folder) ? fetch.folders[origin.folder] : undefined;
  if (root === undefined) throw new StreamflixError('SOURCE_FORBIDDEN', { message: 'There is no folder of that name.' });
  const folder = await openFolderSource(root.replaceAll('{tenant}', job.tenantId), origin.path, maxBytes);
  return { ...folder, contentType: null };
}

/** A signal that also aborts, with the reason, when the whole has taken too long. */
function withDeadline(signal: AbortSignal, ms: number): { signal: AbortSignal; clear(): void } {
  const late = new AbortController();
  const message = `The source did not come within ${ms / 1000} seconds.`;
  const timer = setTimeout(() => late.abort(new StreamflixError('SOURCE_UNREACHABLE', { message })), ms);
  return { signal: AbortSignal.any([signal, late.signal]), clear: () => clearTimeout(timer) };
}

async function store(context: TaskContext, origin: SourceOrigin): Promise<FetchedSource> {
  const { platform, job, objectPrefix, report } = context;
  const { signal, clear } = withDeadline(context.signal, platform.config.fetch.maxMs);
  let source: OpenSource | undefined;
  try {
    const opened = await openSource(context, origin, signal);
    source = opened;
    const hash = createHash('sha256');
    let receivedBytes = 0;
    async function* watched(): AsyncGenerator<Buffer> {
      for await (const chunk of opened.body) {
        hash.update(chunk);
        receivedBytes += chunk.length;
        report(opened.sizeBytes === null || opened.sizeBytes === 0 ? 0 : receivedBytes / opened.sizeBytes);
        yield chunk;
      }
    }
    const contentType = opened.contentType ?? job.contentType ?? 'application/octet-stream';
    const key = objectPrefix + safeFileName(job.filename ?? '');
    const body = Readable.from(watched(), { objectMode: false });
    const { etag, sizeBytes } = await platform.storage.write({ key }, body, { contentType, signal });
    return { sourceKey: key, sourceEtag: etag, sizeBytes, contentType, checksumSha256: hash.digest('hex') };
  } finally {
    clear();
    await source?.close();
  }
}

/** Brings the source of a job into the store. From there on it is an upload like any other. */
export async function fetchTask(context: TaskContext): Promise<WorkOutcome> {
  const { task, job, platform, step } = context;
  const { spec } = task;
  if (spec.kind !== 'fetch') throw new StreamflixError('INTERNAL_ERROR', { message: `not a fetch task: ${spec.kind}` });
  // What a worker left that was killed over it.
  if (task.epoch > 1) await platform.storage.deletePrefix(objectKeys.source(job.tenantId, job.videoId, `${task.id}/`));
  const source = await step('fetch the source from elsewhere', () => store(context, spec.origin));
  return { result: { objects: [] }, conclude: (unit, job) => tellFetched(unit, job, source) };
}
