import type { AdminConnection } from './admin-connection.ts';

const freshForMs = 60_000;

/** How many partitions topics have. Asked of Kafka: an operator may have added some. */
export class PartitionCounts {
  readonly #admin: AdminConnection;
  readonly #known = new Map<string, { count: number; until: number }>();

  constructor(admin: AdminConnection) {
    this.#admin = admin;
  }

  /** Throws BUS_UNAVAILABLE. */
  async of(topic: string): Promise<number> {
    const known = this.#known.get(topic);
    if (known !== undefined && known.until > Date.now()) return known.count;
    const { topics } = await this.#admin.ask((admin) => admin.fetchTopicMetadata({ topics: [topic] }));
    const count = topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
    this.#known.set(topic, { count, until: Date.now() + freshForMs });
    return count;
  }
}
