/** Where a group stands in one topic-partition that this process has. */
export interface PartitionProgress {
  topic: string;
  partition: number;
  /** Next offset the group will take. */
  position: bigint;
  /** Next offset a writer will fill. */
  end: bigint;
}

interface Standstill {
  position: bigint;
  sinceMs: number;
}

/**
 * Finds partitions that stand still while messages wait. The client was seen to hold a partition without fetching from it, for
 * hours, with heartbeats going on: being joined proves nothing.
 */
export class ProgressWatch {
  readonly #stallAfterMs: number;
  #standing = new Map<string, Standstill>();

  constructor(stallAfterMs: number) {
    this.#stallAfterMs = stallAfterMs;
  }

  /** Takes what is so at `nowMs`; partitions that are not named any more are forgotten. */
  observe(partitions: PartitionProgress[], nowMs: number): void {
    const standing = new Map<string, Standstill>();
    for (const { topic, partition, position, end } of partitions) {
      if (position >= end) continue;
      const name = `${topic}/${partition}`;
      const before = this.#standing.get(name);
      standing.set(name, before?.position === position ? before : { position, sinceMs: nowMs });
    }
    this.#standing = standing;
  }

  /** Names of partitions that have not moved for too long. */
  stalled(nowMs: number): string[] {
    return [...this.#standing].filter(([, { sinceMs }]) => nowMs - sinceMs >= this.#stallAfterMs).map(([name]) => name);
  }
}
