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

const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`;

/**
 * Finds partitions that stand still while messages wait. The client was seen to hold a partition without fetching from it, for
 * hours, with heartbeats going on: being joined proves nothing.
 */
export class ProgressWatch {
  readonly #stallAfterMs: number;
  readonly #nowMs: () => number;
  #standing = new Map<string, Standstill>();
  /** When a partition last brought anything. */
  readonly #heardAt = new Map<string, number>();

  /** Its one clock never jumps: all times here are differences on it. */
  constructor(stallAfterMs: number, nowMs: () => number = () => performance.now()) {
    this.#stallAfterMs = stallAfterMs;
    this.#nowMs = nowMs;
  }

  /** Takes what is so now; partitions that are not named any more are forgotten. */
  observe(partitions: PartitionProgress[]): void {
    const nowMs = this.#nowMs();
    const standing = new Map<string, Standstill>();
    for (const { topic, partition, position, end } of partitions) {
      if (position >= end) continue;
      const name = nameOf(topic, partition);
      const before = this.#standing.get(name);
      standing.set(name, before?.position === position ? before : { position, sinceMs: nowMs });
    }
    this.#standing = standing;
  }

  /** Messages of the partition have come, whatever becomes of them. */
  heard(topic: string, partition: number): void {
    this.#heardAt.set(nameOf(topic, partition), this.#nowMs());
  }

  /**
   * Names of partitions that stand though nothing of them comes any more, for twice as long: a handler that waits for a server gets
   * its messages again and again, so this is the client's own fault, and only a new one helps.
   */
  deaf(): string[] {
    const nowMs = this.#nowMs();
    const longMs = 2 * this.#stallAfterMs;
    return [...this.#standing]
      .filter(([name, { sinceMs }]) => nowMs - Math.max(sinceMs, this.#heardAt.get(name) ?? sinceMs) >= longMs)
      .map(([name]) => name);
  }

  /** Names of partitions that have not moved for too long. */
  stalled(): string[] {
    const nowMs = this.#nowMs();
    return [...this.#standing].filter(([, { sinceMs }]) => nowMs - sinceMs >= this.#stallAfterMs).map(([name]) => name);
  }
}
