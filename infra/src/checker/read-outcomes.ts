import { canonicalJson, type OutcomeCopy } from '@streamflix/contracts';
import type { Bus } from '../bus/index.ts';
import type { ListedJob } from './list-jobs.ts';

/** A message bears the clock of who sent it; the jobs bear the database's. */
const clockSlackMs = 15 * 60_000;
/** More copies that all differ tell nothing new, and must not fill the memory. */
const maxCopies = 20;

/** Every outcome the topics tell of these jobs, by job; equal copies once. */
export async function readOutcomes(
  bus: Pick<Bus, 'readThrough'>,
  jobs: ListedJob[],
  signal?: AbortSignal,
): Promise<Map<string, OutcomeCopy[]>> {
  const copies = new Map<string, OutcomeCopy[]>(jobs.map(({ id }) => [id, []]));
  const videoIds = new Set(jobs.map(({ videoId }) => videoId));
  const oldestMs = Math.min(...jobs.map(({ createdAt }) => createdAt.getTime()));
  await bus.readThrough({
    topics: ['video.transcoded', 'video.failed'],
    from: new Date(Math.max(0, oldestMs - clockSlackMs)),
    wants: (key) => videoIds.has(key),
    onEvent: (topic, event) => {
      const { jobId, eventId } = event as { jobId?: string; eventId: string };
      const own = copies.get(jobId ?? '');
      if (own === undefined || own.length >= maxCopies) return;
      const content = canonicalJson(event);
      if (!own.some((copy) => copy.topic === topic && copy.content === content)) own.push({ topic, eventId, content });
    },
    signal,
  });
  return copies;
}
