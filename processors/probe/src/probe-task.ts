import { type JobPlan, planJob, planTasks, predictCpuSeconds, type TaskSpec } from '@streamflix/contracts';
import type { JobRow } from '@streamflix/infra/database';
import { probeSource } from '@streamflix/infra/media';
import type { TaskContext, WorkOutcome } from '@streamflix/infra/processor';
import {
  addRenditions,
  addTasks,
  identityOf,
  moveJob,
  type NewTask,
  readEncodeCapacity,
  type UnitOfWork,
} from '@streamflix/infra/work';
import { deliverSource } from './deliver-source.ts';

const renditionsOf = (spec: TaskSpec): string[] => {
  switch (spec.kind) {
    case 'video':
      return spec.renditions.map(({ name }) => name);
    case 'audio':
    case 'images':
      return [spec.rendition.name];
    default:
      return [];
  }
};

function toNewTask(spec: TaskSpec, plan: JobPlan): NewTask {
  const made = renditionsOf(spec);
  const isEveryRung =
    spec.kind === 'video' && spec.renditions.length === plan.renditions.filter(({ kind }) => kind === 'video').length;
  const name = [...(spec.kind === 'video' ? ['video', spec.chunk.index] : []), ...(isEveryRung ? [] : made)].join('-');
  return {
    name,
    pool: 'encode',
    spec,
    state: 'ready',
    renditions: made,
    predictedCpuSeconds: predictCpuSeconds(spec, plan.source),
  };
}

const packageTask: NewTask = {
  name: 'package',
  pool: 'package',
  spec: { kind: 'package' },
  state: 'waiting',
  predictedCpuSeconds: 2,
};

/** Writes the plan and announces every task that can start. */
async function assign(unit: UnitOfWork, job: JobRow, plan: JobPlan, specs: TaskSpec[], who: string): Promise<void> {
  await addRenditions(unit, job, plan.renditions);
  const encodes = await addTasks(
    unit,
    job,
    specs.map((spec) => toNewTask(spec, plan)),
  );
  await addTasks(unit, job, [packageTask]);
  await moveJob(unit, job, 'assigned', { who, why: `${encodes.length} tasks planned` }, { plan });
  for (const { id, pool, kind, spec, renditions, priority } of encodes) {
    const { index, count } = spec.kind === 'video' ? spec.chunk : { index: 0, count: 1 };
    unit.emit('job.assigned', {
      ...identityOf(job),
      taskId: id,
      pool,
      kind,
      chunkIndex: index,
      chunkCount: count,
      renditions,
      priority,
    });
  }
}

/** Looks at the source and plans the job. Nothing of the source is believed that was not seen. */
export async function probeTask(context: TaskContext): Promise<WorkOutcome> {
  const { platform, media, fetchSource, signal, report } = context;
  const input = await fetchSource();
  report(0.5);
  const source = await probeSource(input, { media, signal });
  const plan = planJob(source);
  const capacity = await readEncodeCapacity(platform.database);
  const { specs, objects } = await deliverSource(context, { input, source }, planTasks(plan, capacity), capacity.freeDiskBytes);
  return { result: { objects }, conclude: (unit, job) => assign(unit, job, plan, specs, platform.instance) };
}
