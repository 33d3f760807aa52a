import { processNames } from '@streamflix/infra/local';

type Range = readonly [least: number, most: number];

interface FaultKindSpec {
  /** For a reader of the table. */
  readonly what: string;
  /** What it is done to; a fault waits until the one before it at the same target is over. */
  readonly targets: readonly [string, ...string[]];
  readonly holdSeconds: Range;
  /** Milliseconds, messages, minutes, per cent: the kind says of what. */
  readonly amount: Range;
  /** How often it is drawn, against the others. */
  readonly weight: number;
}

/** Two of each, as they run under the suite. */
export const instances = processNames.flatMap((name) => [name, `${name}#2`]) as unknown as readonly [string, ...string[]];

/** The worker whose scratch folder lies on a disk of its own, which can be filled. */
export const smallDiskWorker = 'encode#2';

const ourTopics = ['video.uploaded', 'job.created', 'job.assigned', 'rendition.done'] as const;
const everyTopic = [...ourTopics, 'video.transcoded', 'video.failed'] as const;
const once: Range = [0, 0];

/** Longer than the lease the suite runs with. */
const pastTheLease: Range = [6, 10];

/** Everything that is done to the platform. `server:` and `process:` targets are one thing each, whatever kind of fault meets them. */
export const faultKinds = {
  kill: { what: 'SIGKILL of a process', targets: instances, holdSeconds: once, amount: once, weight: 8 },
  freeze: {
    what: 'SIGSTOP past the lease, then SIGCONT',
    targets: instances,
    holdSeconds: pastTheLease,
    amount: once,
    weight: 4,
  },
  'skew-clock': {
    what: "a process's clock off by minutes",
    targets: instances,
    holdSeconds: [5, 12],
    amount: [-10, 10],
    weight: 2,
  },
  'kill-broker': {
    what: 'kill -9 of one of three brokers, then restart',
    targets: ['kafka'],
    holdSeconds: [2, 8],
    amount: [1, 3],
    weight: 3,
  },
  'flush-redis': { what: 'Redis FLUSHALL', targets: ['redis'], holdSeconds: once, amount: once, weight: 1 },
  'restart-redis': { what: 'Redis killed, then started empty', targets: ['redis'], holdSeconds: [0, 3], amount: once, weight: 1 },
  'restart-postgres': {
    what: 'PostgreSQL stopped, then started',
    targets: ['database'],
    holdSeconds: [0, 4],
    amount: once,
    weight: 2,
  },
  refuse: {
    what: 'connections to a server cut, new ones refused',
    targets: ['database', 'redis', 'store'],
    holdSeconds: [1, 5],
    amount: once,
    weight: 4,
  },
  slow: {
    what: 'answers of a server late',
    targets: ['database', 'redis', 'store'],
    holdSeconds: [3, 8],
    amount: [50, 800],
    weight: 3,
  },
  truncate: {
    what: 'connections to a server cut within an answer',
    targets: ['database', 'redis', 'store'],
    holdSeconds: [2, 5],
    amount: [200, 60_000],
    weight: 3,
  },
  'refuse-requests': {
    what: 'HTTP 5xx in place of answers, also to what was done',
    targets: ['store'],
    holdSeconds: [2, 6],
    amount: [20, 100],
    weight: 3,
  },
  'duplicate-events': {
    what: 'the last events of a topic delivered again',
    targets: everyTopic,
    holdSeconds: once,
    amount: [3, 20],
    weight: 2,
  },
  'reorder-events': {
    what: 'the last events of a topic again, in another order',
    targets: ourTopics,
    holdSeconds: once,
    amount: [3, 20],
    weight: 2,
  },
  'corrupt-events': {
    what: 'bytes that are no event in a topic',
    targets: everyTopic,
    holdSeconds: once,
    amount: [1, 6],
    weight: 2,
  },
  'fill-disk': { what: "a worker's disk full", targets: [smallDiskWorker], holdSeconds: [4, 8], amount: once, weight: 1 },
} as const satisfies Record<string, FaultKindSpec>;

export type FaultKind = keyof typeof faultKinds;
export const faultKindNames = Object.keys(faultKinds) as FaultKind[];
export const specOf = (kind: FaultKind): FaultKindSpec => faultKinds[kind];
