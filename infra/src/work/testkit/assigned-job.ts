import type { JobPlan } from '@streamflix/contracts';
import { addRenditions, addTasks, ensureJob, inTransaction, moveJob, type WorkPorts } from '../index.ts';
import { submission } from './submission.ts';

/** A job that was probed: a ready task for each rendition, and the package that waits for them. */
export function assignedJob(ports: WorkPorts, names: readonly string[]): Promise<string> {
  return inTransaction(ports, async (unit) => {
    const { job } = await ensureJob(unit, submission());
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
