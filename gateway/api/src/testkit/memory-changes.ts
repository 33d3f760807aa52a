import type { ChangesOf, Place, ReadChanges } from '@streamflix/infra/events';
import type { ChangeReader } from '../events/change-reader.ts';
import type { MemoryJobStore } from './memory-job-store.ts';

/** The changes of jobs in memory: a place is how many a watcher has seen. */
export class MemoryChanges implements ChangeReader {
  readonly #jobs: MemoryJobStore;

  constructor(jobs: MemoryJobStore) {
    this.#jobs = jobs;
  }

  async place(): Promise<Place> {
    return this.#placeAfter(this.#jobs.changes.length);
  }

  async read({ tenantId, jobId }: ChangesOf, { seen }: Place): Promise<ReadChanges> {
    const first = Number(seen.split(':')[1]) - 1;
    const changes = this.#jobs.changes.flatMap(({ job, fromState }, index) =>
      index < first || job.tenantId !== tenantId || (jobId ?? job.id) !== job.id
        ? []
        : [
            {
              ...{ jobId: job.id, videoId: job.videoId, fromState, state: job.state, attempt: job.attempt, at: new Date(index) },
              place: this.#placeAfter(index + 1),
            },
          ],
    );
    return { changes, place: await this.place(), hasMore: false };
  }

  #placeAfter(count: number): Place {
    return { seen: `1:${count + 1}:`, within: null, at: 0 };
  }
}
