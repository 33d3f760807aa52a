import {
  encodedRenditions,
  type JobPlan,
  type PlannedTask,
  type ProfileDocument,
  planJob,
  planTasks,
  predictCpuSeconds,
  profileSchema,
} from '@streamflix/contracts';
import { plainSource } from '@streamflix/contracts/testkit';
import { addRenditions, addTasks, ensureJob, inTransaction, moveJob, type Submission, type WorkPorts } from '../index.ts';
import { submission } from './submission.ts';

const renditionsOf = ({ spec }: PlannedTask): string[] => (spec.kind === 'video' ? spec.renditions.map(({ name }) => name) : []);

/** A job that was probed, with the tasks its profile makes of a plain video. */
export function plannedJob(
  ports: WorkPorts,
  {
    profile = {},
    durationSeconds = 60,
    ...changes
  }: Partial<Omit<Submission, 'profile'>> & { profile?: ProfileDocument; durationSeconds?: number },
): Promise<string> {
  const named = { name: 'own', version: 1, profile: profileSchema.parse(profile) };
  const plan: JobPlan = planJob(plainSource({ durationSeconds }), named);
  return inTransaction(ports, async (unit) => {
    const { job } = await ensureJob(unit, submission(changes));
    await addRenditions(unit, job, encodedRenditions(plan));
    const encodes = planTasks(plan).map((task) => ({
      ...{ name: task.name, spec: task.spec, requires: task.requires, pool: 'encode' as const, state: 'ready' as const },
      renditions: renditionsOf(task),
      predictedCpuSeconds: predictCpuSeconds(task.spec, plan.source),
    }));
    const packaging = { name: 'package', pool: 'package', spec: { kind: 'package' }, state: 'waiting' } as const;
    await addTasks(unit, job, [...encodes, { ...packaging, predictedCpuSeconds: 2 }]);
    await moveJob(unit, job, 'assigned', { who: 'test' }, { plan });
    return job.id;
  });
}
