// biome-ignore-all lint/suspicious/noTemplateCurlyInString: pieces of code, no templates.
/** One thing in the code that keeps a promise, how to take it out, and the test that must then fail. */
export interface Guard {
  readonly name: string;
  /** What would go wrong without it. */
  readonly without: string;
  readonly file: string;
  /** Each found exactly once in the file. */
  readonly edits: readonly (readonly [present: string, removed: string])[];
  readonly test: GuardTest;
}

export interface GuardTest {
  readonly file: string;
  readonly title: string;
}

const work = (file: string): string => `infra/src/work/${file}`;
const workTest = (title: string, file = 'work'): GuardTest => ({ file: work(`${file}.integration.test.ts`), title });

export const guards: readonly Guard[] = [
  {
    name: 'epoch condition',
    without: 'a worker that was declared dead writes its result over its successor’s',
    file: work('tasks.ts'),
    edits: [[', eq(tasks.epoch, epoch), eq(tasks.state', ', eq(tasks.state']],
    test: workTest('a worker that lost its lease cannot finish the task'),
  },
  {
    name: 'epoch raised by a claim',
    without: 'two claims of one task cannot be told apart',
    file: work('take-next.ts'),
    edits: [['epoch: sql`${tasks.epoch} + 1`', 'epoch: sql`${tasks.epoch}`']],
    test: workTest('a worker that lost its lease cannot finish the task'),
  },
  {
    name: 'lock of a claim',
    without: 'workers queue up for one task, or take it from one another',
    file: work('find-claimable.ts'),
    edits: [
      ['for update of t skip locked', ''],
      ['limit 1 for update skip locked', 'limit 1'],
    ],
    test: workTest('a task that somebody is claiming is passed over, not waited for', 'job-lock'),
  },
  {
    name: 'limit of a tenant',
    without: 'workers that ask at the same moment take a tenant past its limit',
    file: work('take-next.ts'),
    edits: [['or(isNull(found.maxRunningTasks), mayRunOneMore)', '']],
    test: workTest('a claim that is not yet committed counts against the limit of its tenant', 'fair-claims'),
  },
  {
    name: 'clock of a queue',
    without: 'a tenant that was away gets all workers until it has caught up',
    file: work('turns.ts'),
    edits: [['where c.tag < claimed.tag', 'where false']],
    test: workTest('a tenant that was away gets no credit for it', 'fair-claims'),
  },
  {
    name: 'inbox',
    without: 'an event delivered twice is handled twice',
    file: work('unit-of-work.ts'),
    edits: [['return inserted.length === 1;', 'return inserted.length < 2;']],
    test: workTest('an event is received once, however many deliver it at once'),
  },
  {
    name: 'identity of a job',
    without: 'an upload told twice is two jobs',
    file: work('jobs.ts'),
    edits: [
      [
        'uuidv5(JSON.stringify([tenantId, videoId, sourceBucket, sourceKey, sourceEtag]), jobNamespace)',
        'uuidv5(JSON.stringify([tenantId, videoId, sourceBucket, sourceKey, sourceEtag, Math.random()]), jobNamespace)',
      ],
    ],
    test: workTest('the same upload submitted many times at once is one job'),
  },
  {
    name: 'read-back confirmation',
    without: 'an event that Kafka acknowledged and lost is never sent again',
    file: work('outbox-relay.ts'),
    edits: [
      ['sentAt: SQL | null; sends?: SQL', 'sentAt: SQL | null; sends?: SQL; confirmedAt?: SQL'],
      ['sends: sql`${outbox.sends} + 1` }', 'sends: sql`${outbox.sends} + 1`, confirmedAt: sql`now()` }'],
    ],
    test: workTest('an acknowledged event that was not read back is sent again; one that was is finished'),
  },
  {
    name: 'order of a key',
    without: 'an event overtakes an older one of the same video',
    file: work('unit-of-work.ts'),
    edits: [['return rows.filter((row) => !row.mustWait);', 'return rows;']],
    test: workTest('an event does not overtake one of the same key that could not be sent', 'outbox-relay'),
  },
  {
    name: 'one-partition sends',
    without: 'the client loses acknowledged messages when a broker dies',
    file: 'infra/src/bus/publisher.ts',
    edits: [['({ line }) => line,', '({ raw }) => raw.topic,']],
    test: {
      file: 'infra/src/bus/publisher.test.ts',
      title: 'a send takes messages of one partition, and takes them to that one',
    },
  },
  {
    name: 'one send in flight',
    without: 'a later send of a partition overtakes one that is repeated',
    file: 'infra/src/bus/publisher.ts',
    edits: [['before.then(work, work)', 'Promise.all([work(), before.catch(() => undefined)]).then(([done]) => done)']],
    test: { file: 'infra/src/bus/publisher.test.ts', title: 'of one partition one send is under way at a time' },
  },
  {
    name: 'lease expiry',
    without: 'the tasks of a dead worker wait for ever',
    file: work('expiry.ts'),
    edits: [['return forEach(expired, ', 'return forEach(expired.slice(expired.length), ']],
    test: workTest('a lease that ran out is returned', 'lease-sweep'),
  },
  {
    name: 'expiry judged under the lock',
    without: 'a worker that renewed in the last moment loses its task',
    file: work('expiry.ts'),
    edits: [
      [
        ".where(and(eq(tasks.id, id), eq(tasks.epoch, epoch), eq(tasks.state, 'running'), sql`${tasks.leaseUntil} < now()`))",
        ".where(and(eq(tasks.id, id), eq(tasks.epoch, epoch), eq(tasks.state, 'running')))",
      ],
    ],
    test: workTest('a worker that renews while its expiry is being decided keeps its task', 'job-lock'),
  },
  {
    name: 'patience after an outage',
    without: 'every worker loses its work when the database was away',
    file: work('lease-sweep.ts'),
    edits: [["')) believedFrom = performance.now() + leaseMs;", "')) believedFrom = 0;"]],
    test: workTest('after an outage of the database workers have the time of a lease to renew', 'lease-sweep'),
  },
  {
    name: 'patience of a new sweep',
    without: 'a sweep that is started after an outage takes every worker’s task',
    file: work('lease-sweep.ts'),
    edits: [['let believedFrom = performance.now() + leaseMs;', 'let believedFrom = 0;']],
    test: workTest(
      'a sweep that has just begun, maybe after an outage, gives workers the time of a lease to renew',
      'lease-sweep',
    ),
  },
  {
    name: 'lock of the job row',
    without: 'of two last chunks that end at once neither sees the other, and the package is never made',
    file: work('history.ts'),
    edits: [[".for('no key update')", '']],
    test: workTest('two last chunks that end at the same time make the package claimable', 'job-lock'),
  },
  {
    name: 'quarantine of a worker',
    without: 'one bad worker eats the queue',
    file: work('eligibility.ts'),
    edits: [['me.quarantined_until > now()', 'false']],
    test: workTest('a worker on which several videos fail is quarantined, and none of them lost an attempt', 'failures'),
  },
  {
    name: 'excuse for the tasks of a bad worker',
    without: 'videos are given up because of the worker they met',
    file: work('failure.ts'),
    edits: [['await excuseFailures(unit, who);', '']],
    test: workTest('a worker on which several videos fail is quarantined, and none of them lost an attempt', 'failures'),
  },
  {
    name: 'preference for another worker',
    without: 'the worker on which a task failed takes it again at once',
    file: work('eligibility.ts'),
    edits: [['t.not_before < now() - make_interval', 't.not_before < now() + make_interval']],
    test: workTest('a task that failed waits for another worker that is there, for a bounded time', 'failures'),
  },
  {
    name: 'lock of a worker’s record',
    without: 'of failures at the same time each sees a worker that is well',
    file: work('workers.ts'),
    edits: [[".for('no key update')", '']],
    test: workTest('two failures of one worker at once are judged one after the other', 'failures'),
  },
  {
    name: 'optional rendition given up',
    without: 'a video is lost for a rung that it could do without',
    file: work('give-up.ts'),
    edits: [['if (isOptional(task.spec)) await', 'if (isOptional(task.spec) && Math.random() > 1) await']],
    test: workTest(
      'an optional rendition that fails for good leaves the job, and nothing of it is worked on any more',
      'give-up',
    ),
  },
  {
    name: 'usage counted once',
    without: 'what a task cost is charged again with each retry of its job',
    file: work('usage.ts'),
    edits: [[' and not counted', '']],
    test: {
      file: 'infra/src/insight/usage.integration.test.ts',
      title: 'of a job that failed and was retried each task counts as often as it was done, and the minutes once',
    },
  },
  {
    name: 'tenant of usage',
    without: 'a query that forgot its filter tells one tenant what the others did',
    file: 'infra/src/database/migrations/0023-usage.sql',
    edits: [['alter table usage enable row level security;', '']],
    test: {
      file: 'infra/src/insight/usage.integration.test.ts',
      title: 'usage is told by tenant, key and day; a tenant sees its own alone',
    },
  },
  {
    name: 'package verification',
    without: 'a damaged package is published',
    file: 'processors/package/src/package-task.ts',
    edits: [['  assertVerified(verification);\n', '  if (Math.random() > 1) assertVerified(verification);\n']],
    test: {
      file: 'infra/e2e/src/platform/package-gate.test.ts',
      title: 'a package with a damaged segment is tried again, then failed, and nobody ever sees it',
    },
  },
  {
    name: 'scratch of former lives',
    without: 'what killed processes leave fills the disk',
    file: 'infra/src/processor/scratch.ts',
    edits: [['if (pid === process.pid || !isAlive(pid))', 'if (pid === process.pid && !isAlive(pid))']],
    test: { file: 'infra/src/processor/scratch.test.ts', title: 'the folder of a process that is gone is removed' },
  },
];

/** The table of the page, one row each. */
export const guardRows = (): string[] =>
  guards.map(({ name, without, file, test }) => `| ${name} | ${without} | \`${file}\` | ${test.title} (\`${test.file}\`) |`);
