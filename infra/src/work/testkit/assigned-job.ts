import type { JobPlan } from '@streamflix/contracts';
import { addRenditions, addTasks, ensureJob, inTransaction, moveJob, type Submission, type WorkPorts } from '../index.ts';

const submission: Submission = {
  tenantId: 'acme',
  videoId: 'v1',
  sourceBucket: 'b',
  sourceKey: 'k.mp4',
  sourceEtag: 'e1',
  sizeBytes: 10,
  filename: null,
  contentType: null,
  checksumSha256: null,
  profile: null,
  priority: 5,
  webhookUrl: null,
  deadlineAt: null,
  metadata: {},
};

/** A job that was probed: a ready task for each rendition, and the package that waits for them. */
export function assignedJob(ports: WorkPorts, names: readonly string[]): Promise<string> {
  return inTransaction(ports, async (unit) => {
    const { job } = await ensureJob(unit, submission);
    const renditions = names.map((name) => ({ name }) as JobPlan['renditions'][number]);
    await addRenditions(unit, job, renditions);
    const encode = { pool: 'encode', spec: { kind: 'probe' }, state: 'ready', predictedCpuSeconds: 1 } as const;
    await addTasks(
      unit,
      job,
      names.map((name) => ({ ...encode, name, renditions: [name] })),
    );
    await addTasks(unit, job, [
      { name: 'package', pool: 'package', spec: { kind: 'package' }, state: 'waiting', predictedCpuSeconds: 1 },
    ]);
    const plan = { renditions } as JobPlan;
    await moveJob(unit, job, 'assigned', { who: 'test' }, { plan });
    return job.id;
  });
}
