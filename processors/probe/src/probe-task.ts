import {
  encodedRenditions,
  hasVideo,
  type JobPlan,
  mayBeCopied,
  type NamedProfile,
  narrowestLimits,
  type PlannedTask,
  planJob,
  planTasks,
  predictCpuSeconds,
  refusalOfSource,
  StreamflixError,
  stillsCapability,
  type TaskSpec,
} from '@streamflix/contracts';
import { findProfile, type JobRow } from '@streamflix/infra/database';
import { inspectCodedStream, probeSource } from '@streamflix/infra/media';
import type { Platform, TaskContext, WorkOutcome } from '@streamflix/infra/processor';
import {
  addRenditions,
  addTasks,
  announceTasks,
  moveJob,
  type NewTask,
  readEncodeCapacity,
  type UnitOfWork,
} from '@streamflix/infra/work';
import { deliverPieces, deliveryOf } from './deliver-source.ts';
import { storePoster } from './store-poster.ts';

const renditionsOf = (spec: TaskSpec): string[] => {
  switch (spec.kind) {
    case 'video':
    case 'text':
      return spec.renditions.map(({ name }) => name);
    case 'audio':
      return [spec.rendition.name];
    default:
      return [];
  }
};

function toNewTask({ name, spec, requires }: PlannedTask, plan: JobPlan): NewTask {
  return {
    name,
    pool: 'encode',
    spec,
    requires,
    state: 'ready',
    renditions: renditionsOf(spec),
    predictedCpuSeconds: predictCpuSeconds(spec, plan.source),
  };
}

const packageTaskOf = (plan: JobPlan): NewTask => ({
  name: 'package',
  pool: 'package',
  spec: { kind: 'package' },
  state: 'waiting',
  predictedCpuSeconds: 2,
  requires: encodedRenditions(plan).length < plan.renditions.length ? [stillsCapability] : [],
});

/** Writes the plan and announces every task that can start. */
async function assign(unit: UnitOfWork, job: JobRow, plan: JobPlan, tasks: PlannedTask[], who: string): Promise<void> {
  await addRenditions(unit, job, encodedRenditions(plan));
  const encodes = await addTasks(
    unit,
    job,
    tasks.map((task) => toNewTask(task, plan)),
  );
  await addTasks(unit, job, [packageTaskOf(plan)]);
  await moveJob(unit, job, 'assigned', { who, why: `${encodes.length} tasks planned` }, { plan });
  announceTasks(unit, job, encodes);
}

/** The profile as it is now: from here on the plan holds it. */
async function profileOf({ database }: Platform, { tenantId, profile }: JobRow): Promise<NamedProfile> {
  const named = await findProfile(database, tenantId, profile);
  if (named === null) throw new StreamflixError('PROFILE_UNKNOWN', { details: { profile } });
  return named;
}

/** Looks at the source and plans the job. Nothing of the source is believed that was not seen. */
export async function probeTask(context: TaskContext): Promise<WorkOutcome> {
  const { platform, job, media, fetchSource, scratchDir, signal, report } = context;
  const named = await profileOf(platform, job);
  const input = await fetchSource();
  report(0.5);
  const source = await probeSource(input, { media, signal, scratchDir });
  const refusal = refusalOfSource(source, narrowestLimits(platform.config.sources, named.profile.limits));
  if (refusal !== null) throw refusal;
  const poster = job.posterKey === null ? {} : { poster: await storePoster(context, job.posterKey) };
  const capacity = await readEncodeCapacity(platform.database);
  const encoded = planJob(source, named, null, capacity.capabilities);
  const delivery = deliveryOf(context, encoded, capacity);
  // What is copied is copied from the whole.
  const isCopied = delivery === 'whole' && named.profile.copy && mayBeCopied(source);
  const plan = isCopied
    ? planJob(source, named, await inspectCodedStream(input, source, { media, signal }), capacity.capabilities)
    : encoded;
  const planned = planTasks(plan, capacity);
  const { tasks, objects } =
    delivery === 'pieces' && hasVideo(source)
      ? await deliverPieces(context, { input, source }, planned)
      : { tasks: planned, objects: [] };
  return { result: { objects }, conclude: (unit, job) => assign(unit, job, { ...plan, ...poster }, tasks, platform.instance) };
}
