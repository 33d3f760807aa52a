import { expect, test } from 'vitest';
import { objectKeys } from '../identifiers.ts';
import { checkOutcome } from './check-outcome.ts';
import { checkStore } from './check-store.ts';
import { checkWork } from './check-work.ts';
import { parseDurationMs } from './duration.ts';
import { canonicalJson, checkerLimits, type JobFacts, type OutcomeCopy, type StoreFacts, type TaskFacts } from './facts.ts';
import { findingKindNames } from './finding-kinds.ts';

const day = 24 * 3600 * 1000;
const now = Date.parse('2026-06-01T12:00:00Z');
const [jobId, tenantId, videoId] = ['j1', 'acme', 'v1'];

const task = (name: string, changes: Partial<TaskFacts> = {}): TaskFacts => ({
  id: name,
  name,
  pool: name === 'probe' || name === 'package' ? name : 'encode',
  state: 'done',
  renditions: name.startsWith('video') ? ['720p'] : [],
  leaseUntil: null,
  ...changes,
});

const stepsOf = (taskId: string | null, ...states: (string | null)[]) =>
  states.slice(1).map((to, index) => ({ taskId, from: states[index] ?? null, to: String(to) }));

const files = { 'master.m3u8': 500, 'manifest.mpd': 900, '720p/init.mp4': 700, '720p/seg-00001.m4s': 4000 };

/** A job that ended well a minute ago, as database, topics and store tell it. */
const completed: JobFacts = {
  jobId,
  tenantId,
  videoId,
  state: 'completed',
  packageVersion: 2,
  outcomeEventIds: ['o1'],
  outcome: {
    eventId: 'o1',
    jobId,
    tenantId,
    videoId,
    packageVersion: 2,
    packagePrefix: objectKeys.packagePrefix(tenantId, jobId, 2),
    renditions: [{ name: '720p' }],
    audio: [],
  },
  createdAt: now - 3_600_000,
  updatedAt: now - 60_000,
  finishedAt: now - 60_000,
  cleanedAt: now - 30_000,
  tasks: [task('probe'), task('video-0'), task('package')],
  renditions: [{ name: '720p', done: true }],
  history: [
    ...stepsOf(null, 'pending', 'assigned', 'transcoding', 'completing', 'completed'),
    ...['probe', 'video-0'].flatMap((id) => stepsOf(id, null, 'ready', 'running', 'done')),
    ...stepsOf('package', null, 'waiting', 'ready', 'running', 'ready', 'running', 'done'),
  ],
  unconfirmed: [],
  packageFiles: files,
};

const live: JobFacts = {
  ...completed,
  state: 'transcoding',
  packageVersion: null,
  outcome: null,
  finishedAt: null,
  cleanedAt: null,
  tasks: [task('video-0', { state: 'running', leaseUntil: now + 5_000 }), task('package', { state: 'waiting' })],
  renditions: [{ name: '720p', done: false }],
  history: [
    ...stepsOf(null, 'pending', 'assigned', 'transcoding'),
    ...stepsOf('video-0', null, 'ready', 'running'),
    ...stepsOf('package', null, 'waiting'),
  ],
  packageFiles: null,
};

const copyOf = (job: JobFacts, changes: Partial<OutcomeCopy> = {}): OutcomeCopy => ({
  topic: 'video.transcoded',
  eventId: String(job.outcome?.eventId),
  content: canonicalJson(job.outcome),
  ...changes,
});

const whole: StoreFacts = {
  files: new Map(Object.entries(files)),
  manifests: { faults: [], named: ['720p/init.mp4', '720p/seg-00001.m4s'] },
  leftovers: [],
};

interface World {
  job: JobFacts;
  copies?: OutcomeCopy[];
  store?: StoreFacts;
}

function kindsIn({ job, copies = job.outcome === null ? [] : [copyOf(job)], store = whole }: World): string[] {
  const work = checkWork(job, { now, limits: checkerLimits });
  return [...work, ...checkOutcome(job, copies, now), ...checkStore(job, store)].map(({ kind }) => kind);
}

const without = (path: string): StoreFacts => ({
  ...whole,
  files: new Map(Object.entries(files).filter(([name]) => name !== path)),
});
const withFile = (path: string, sizeBytes: number): StoreFacts => ({
  ...whole,
  files: new Map([...whole.files, [path, sizeBytes]]),
});
/** The same job after an attempt that failed. */
const retried = (job: JobFacts): JobFacts => ({
  ...job,
  outcomeEventIds: ['o0', 'o1'],
  history: [
    ...stepsOf(null, 'pending', 'failed', 'retrying'),
    ...job.history
      .filter(({ taskId, from }) => taskId !== null || from !== 'pending')
      .map((step) => (step.from === 'assigned' ? { ...step, from: 'retrying' } : step)),
  ],
});
const firstOutcome: OutcomeCopy = { topic: 'video.failed', eventId: 'o0', content: '{"code":"ENCODER_FAILED"}' };

const withTask = (job: JobFacts, changed: TaskFacts, steps: JobFacts['history']): JobFacts => ({
  ...job,
  tasks: [...job.tasks.filter(({ name }) => name !== changed.name), changed],
  history: [...job.history.filter(({ taskId }) => taskId !== changed.id), ...steps],
});

const event = { eventId: 'e9', topic: 'job.assigned', createdAt: now - checkerLimits.unconfirmedMs - 1 };
const stoppedSteps = [...stepsOf('video-0', null, 'ready', 'running', 'retrying', 'cancelled')];
const stalled = withTask(live, task('video-0', { state: 'cancelled' }), stoppedSteps);

const failed: JobFacts = {
  ...withTask(
    withTask(completed, task('video-0', { state: 'failed' }), stepsOf('video-0', null, 'ready', 'running', 'failed')),
    task('package', { state: 'cancelled' }),
    stepsOf('package', null, 'waiting', 'cancelled'),
  ),
  state: 'failed',
  packageVersion: null,
  outcome: { eventId: 'o1', jobId, tenantId, videoId, code: 'ENCODER_FAILED' },
  renditions: [{ name: '720p', done: false }],
  packageFiles: null,
};
const failedHistory = [
  ...failed.history.filter(({ taskId }) => taskId !== null),
  ...stepsOf(null, 'pending', 'assigned', 'transcoding', 'failed'),
];
const failedWorld: World = {
  job: { ...failed, history: failedHistory },
  copies: [copyOf(failed, { topic: 'video.failed' })],
  store: { files: new Map(), manifests: null, leftovers: [] },
};

test.each<[string, World]>([
  ['a completed job', { job: completed }],
  ['a completed job whose sizes were not written down', { job: { ...completed, packageFiles: null } }],
  ['a job that failed', failedWorld],
  ['a job at work', { job: live }],
  [
    'a job whose outcome is on its way',
    { job: { ...completed, unconfirmed: [{ ...event, eventId: 'o1', createdAt: now - 1 }] }, copies: [] },
  ],
  ['an outcome that the topic has forgotten', { job: { ...completed, finishedAt: now - 30 * day }, copies: [] }],
  ['a job completed in its second attempt', { job: retried(completed), copies: [firstOutcome, copyOf(completed)] }],
  ['a job in its second attempt', { job: retried(live), copies: [firstOutcome] }],
  [
    'an old job whose first failure the topic has forgotten',
    { job: { ...retried(live), createdAt: now - 30 * day }, copies: [] },
  ],
  [
    'a failed job that keeps its work for a retry',
    { ...failedWorld, job: { ...failedWorld.job, finishedAt: now - day, cleanedAt: null } },
  ],
  [
    'a job not cleaned up yet, with its work folder',
    { job: { ...completed, cleanedAt: null }, store: { ...whole, leftovers: ['work/x'] } },
  ],
  [
    'a job about which something was noted on the way',
    {
      job: {
        ...completed,
        history: [
          ...completed.history.filter(({ taskId }) => taskId !== null),
          ...stepsOf(null, 'pending', 'assigned', 'transcoding', 'transcoding', 'completing', 'completed'),
        ],
      },
    },
  ],
  [
    'a job that does without an optional rendition',
    {
      job: {
        ...completed,
        tasks: [...completed.tasks, task('video-optional-0', { state: 'failed', renditions: ['480p'] })],
        renditions: [...completed.renditions, { name: '480p', done: false }],
        history: [...completed.history, ...stepsOf('video-optional-0', null, 'ready', 'running', 'failed')],
      },
    },
  ],
  [
    'a webhook that is still tried',
    {
      job: withTask(
        completed,
        task('webhook', { pool: 'notify', state: 'retrying' }),
        stepsOf('webhook', null, 'ready', 'running', 'retrying'),
      ),
    },
  ],
  [
    'a job that waits for an event',
    { job: { ...stalled, updatedAt: now - day, unconfirmed: [{ ...event, createdAt: now - 1 }] } },
  ],
])('%s gives no finding', (_, world) => {
  expect(kindsIn(world)).toEqual([]);
});

const findings: [string, string, World][] = [
  [
    'history-illegal',
    'a step the table does not have',
    { job: withTask(completed, task('probe'), stepsOf('probe', null, 'ready', 'done')) },
  ],
  [
    'history-illegal',
    'a step from a state it was not in',
    { job: { ...completed, history: completed.history.filter(({ to }) => to !== 'transcoding') } },
  ],
  [
    'history-illegal',
    'steps that end elsewhere',
    { job: withTask(completed, task('probe', { state: 'skipped' }), stepsOf('probe', null, 'ready')) },
  ],
  ['history-illegal', 'a task nobody wrote down', { job: withTask(completed, task('probe'), []) }],
  [
    'history-illegal',
    'a state nobody knows',
    { job: withTask(completed, task('probe'), stepsOf('probe', null, 'lost', 'done')) },
  ],
  [
    'task-open',
    'a task running in an ended job',
    {
      job: withTask(
        failedWorld.job,
        task('video-0', { state: 'running', leaseUntil: now }),
        stepsOf('video-0', null, 'ready', 'running'),
      ),
      copies: failedWorld.copies ?? [],
      store: failedWorld.store ?? whole,
    },
  ],
  [
    'lease-lapsed',
    'a lease nobody returned',
    {
      job: {
        ...live,
        tasks: [task('video-0', { state: 'running', leaseUntil: now - day }), task('package', { state: 'waiting' })],
      },
    },
  ],
  ['job-stalled', 'a job that only waits', { job: { ...stalled, updatedAt: now - day } }],
  [
    'rendition-unfinished',
    'a rendition of the outcome that is not done',
    { job: { ...completed, tasks: completed.tasks.map((each) => ({ ...each, renditions: [] })), renditions: [] } },
  ],
  [
    'rendition-unfinished',
    'all chunks done and the rendition not',
    { job: withTask(live, task('video-0'), stepsOf('video-0', null, 'ready', 'running', 'done')) },
  ],
  ['outcome-contradicts', 'an outcome of another package', { job: { ...completed, packageVersion: 3 } }],
  ['outcome-contradicts', 'no outcome', { job: { ...completed, outcome: null, renditions: [] } }],
  ['outcome-contradicts', 'an outcome of a live job', { job: { ...live, outcome: failed.outcome }, copies: [] }],
  [
    'outcome-contradicts',
    'a failure of a job that somebody cancelled',
    {
      ...failedWorld,
      job: { ...failedWorld.job, outcome: { ...failed.outcome, code: 'JOB_CANCELLED' } },
      copies: [copyOf({ ...failed, outcome: { ...failed.outcome, code: 'JOB_CANCELLED' } }, { topic: 'video.failed' })],
    },
  ],
  ['outbox-unconfirmed', 'an event that was never read back', { job: { ...completed, unconfirmed: [event] } }],
  ['cleanup-overdue', 'a work folder kept for long', { job: { ...completed, finishedAt: now - day, cleanedAt: null } }],
  ['outcome-missing', 'a topic without it', { job: completed, copies: [] }],
  [
    'outcome-duplicated',
    'a second event id',
    { job: completed, copies: [copyOf(completed), copyOf(completed, { eventId: 'o2' })] },
  ],
  [
    'outcome-duplicated',
    'a second event id in the other topic',
    { job: completed, copies: [copyOf(completed), copyOf(completed, { eventId: 'o2', topic: 'video.failed' })] },
  ],
  [
    'outcome-differs',
    'a copy that is not equal',
    { job: completed, copies: [copyOf(completed), copyOf(completed, { content: '{}' })] },
  ],
  [
    'outcome-differs',
    'a copy in the other topic',
    { job: completed, copies: [copyOf(completed), copyOf(completed, { topic: 'video.failed' })] },
  ],
  ['outcome-missing', 'an earlier attempt nobody was told of', { job: retried(completed), copies: [copyOf(completed)] }],
  [
    'outcome-differs',
    'two accounts of an earlier attempt',
    { job: retried(live), copies: [firstOutcome, { ...firstOutcome, content: '{}' }] },
  ],
  [
    'outcome-premature',
    'a second outcome of a job in its second attempt',
    { job: retried(live), copies: [firstOutcome, copyOf(completed)] },
  ],
  [
    'outcome-contradicts',
    'an outcome under the id of an earlier attempt',
    { job: { ...completed, outcomeEventIds: ['o0', 'o9'] }, copies: [firstOutcome, copyOf(completed)] },
  ],
  ['outcome-premature', 'an outcome of a job at work', { job: live, copies: [copyOf(completed)] }],
  ['package-missing', 'an empty folder', { job: completed, store: { ...whole, files: new Map(), manifests: null } }],
  [
    'manifest-invalid',
    'a manifest that cannot be read',
    { job: completed, store: { ...whole, manifests: { faults: ['no EXTM3U'], named: [] } } },
  ],
  ['object-missing', 'a segment that is gone', { job: completed, store: without('720p/seg-00001.m4s') }],
  [
    'object-missing',
    'a segment that only a manifest knows',
    { job: { ...completed, packageFiles: null }, store: without('720p/seg-00001.m4s') },
  ],
  [
    'object-missing',
    'a manifest that is gone',
    { job: completed, store: { ...without('master.m3u8'), manifests: { faults: ['not there'], named: [] } } },
  ],
  ['object-size', 'a segment cut short', { job: completed, store: withFile('720p/seg-00001.m4s', 1000) }],
  ['object-unexpected', 'a stranger in the package', { job: completed, store: withFile('720p/seg-00009.m4s', 10) }],
  [
    'leftover-objects',
    'files beside the package after the clean-up',
    { job: completed, store: { ...whole, leftovers: ['tenants/acme/jobs/j1/work/x'] } },
  ],
];

test.each(findings)('%s: %s, and nothing else is found', (kind, _, world) => {
  expect(kindsIn(world)).toEqual([kind]);
});

test('every kind has a test here; orphans are found where the store is listed', () => {
  expect(new Set([...findings.map(([kind]) => kind), 'orphan-folder'])).toEqual(new Set(findingKindNames));
});

test('of many faults the first are told, and how many there are', () => {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`720p/seg-${index + 10}.m4s`, 1]));
  const [finding] = checkStore({ ...completed, packageFiles: { ...files, ...many } }, whole);
  expect(finding?.other).toContain('720p/seg-14.m4s and 35 more');
});

test('equal values are equal text, whatever the order of their keys', () => {
  expect(canonicalJson({ a: [{ c: 1, b: null }], d: undefined })).toBe(canonicalJson({ a: [{ b: null, c: 1 }] }));
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
});

test.each([
  ['90s', 90_000],
  ['24h', day],
  ['7d', 7 * day],
  ['24', null],
  ['-1h', null],
  ['1w', null],
])('%s is a span of time or none', (text, expected) => {
  expect(parseDurationMs(text)).toBe(expected);
});
