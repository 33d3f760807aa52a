import type { AdminConnection } from './admin-connection.ts';
import type { PartitionProgress } from './progress-watch.ts';

export interface ProgressQuestion {
  group: string;
  /** Partitions by topic. */
  assignment: Record<string, number[]>;
  /** Where a group begins that has committed nothing: at the first message, or after the last. */
  fromBeginning: boolean;
}

/** Where a group stands in the given partitions, and where they end. Throws BUS_UNAVAILABLE. */
export async function readProgress(
  admin: AdminConnection,
  { group, assignment, fromBeginning }: ProgressQuestion,
): Promise<PartitionProgress[]> {
  const topics = Object.keys(assignment).filter((topic) => (assignment[topic] ?? []).length > 0);
  const committed = await admin.ask((connection) => connection.fetchOffsets({ groupId: group, topics }));
  const read = topics.map(async (topic): Promise<PartitionProgress[]> => {
    const ends = await admin.ask((connection) => connection.fetchTopicOffsets(topic));
    const positions = committed.find((each) => each.topic === topic)?.partitions ?? [];
    return (assignment[topic] ?? []).flatMap((partition) => {
      const bounds = ends.find((each) => each.partition === partition);
      if (bounds === undefined) return [];
      const offset = positions.find((each) => each.partition === partition)?.offset ?? '-1';
      const start = fromBeginning ? bounds.low : bounds.high;
      const position = BigInt(offset === '-1' ? start : offset);
      return [{ topic, partition, position, end: BigInt(bounds.high) }];
    });
  });
  return (await Promise.all(read)).flat();
}
