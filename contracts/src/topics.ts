import type { EventTypes } from './generated/events.ts';

export type EventName = keyof EventTypes;

export interface Topic {
  /** The one event the topic carries; its schema's subject is `<name>-value`. */
  event: EventName;
  /** The field of the event that is the message key, and so the unit of order. */
  key: 'videoId' | 'jobId' | 'taskId';
  partitions: number;
  retentionMs: number;
}

const day = 24 * 3600 * 1000;

/** Topics are data: set-up creates them, the bus looks them up, the documentation is made from them. */
export const topics = {
  'video.uploaded': { event: 'VideoUploaded', key: 'videoId', partitions: 6, retentionMs: 7 * day },
  'job.created': { event: 'JobCreated', key: 'jobId', partitions: 6, retentionMs: 7 * day },
  'job.assigned': { event: 'JobAssigned', key: 'taskId', partitions: 12, retentionMs: 7 * day },
  'rendition.done': { event: 'RenditionDone', key: 'jobId', partitions: 6, retentionMs: 7 * day },
  'video.transcoded': { event: 'VideoTranscoded', key: 'videoId', partitions: 6, retentionMs: 30 * day },
  'video.failed': { event: 'VideoFailed', key: 'videoId', partitions: 6, retentionMs: 30 * day },
  'job.progress': { event: 'JobProgressed', key: 'jobId', partitions: 6, retentionMs: 3600 * 1000 },
  'job.control': { event: 'JobControlRequested', key: 'jobId', partitions: 1, retentionMs: day },
} as const satisfies Record<string, Topic>;

export type TopicName = keyof typeof topics;
export type EventOf<T extends TopicName> = EventTypes[(typeof topics)[T]['event']];

export const topicNames = Object.keys(topics) as TopicName[];

/** The topic whose events may be lost: the next one says more. Those of all others are promised, go through the outbox and are read back. */
type HarmlessTopic = 'job.progress';
export type PromisedTopic = Exclude<TopicName, HarmlessTopic>;
export const promisedTopics = topicNames.filter(
  (name): name is PromisedTopic => name !== ('job.progress' satisfies HarmlessTopic),
);

export const topicOf = (event: EventName): TopicName => {
  const name = topicNames.find((each) => topics[each].event === event);
  if (name === undefined) throw new Error(`no topic carries ${event}`);
  return name;
};

/** Where messages of a topic go that no handler can take: the original bytes and headers, and why. */
export const deadLetterTopicOf = (topic: TopicName): string => `${topic}.dlt`;
export const deadLetterRetentionMs = 90 * day;
