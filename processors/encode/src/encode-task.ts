import { basename } from 'node:path';
import { requireVideo, StreamflixError, stillsCapability, type TaskObject } from '@streamflix/contracts';
import {
  type EncodedFile,
  encodeAudio,
  encodeText,
  encodeVideo,
  isDeviceFailure,
  type SteadyInput,
  withSteadyInput,
} from '@streamflix/infra/media';
import type { TaskContext, WorkOutcome } from '@streamflix/infra/processor';
import { uploadFolder } from '@streamflix/infra/storage';
import { deviceOf, encodeInSoftware, finishRenditions, requireForPackage } from '@streamflix/infra/work';

/** Encoding takes nearly all of a task's time; the rest is the upload. */
const encodeShare = 0.97;

/** Runs the encoder the task asks for, into the scratch folder. */
async function encode(
  { task, media, scratchDir, signal, report }: TaskContext,
  { input, source }: SteadyInput,
): Promise<EncodedFile[]> {
  const { spec } = task;
  const shared = {
    input,
    isPiece: spec.piece !== undefined,
    source,
    outputDir: scratchDir,
    media,
    signal,
    onProgress: (fraction: number, speed: number | null) => report(fraction * encodeShare, speed),
  };
  switch (spec.kind) {
    case 'video':
      return encodeVideo({ ...shared, source: requireVideo(source), chunk: spec.chunk, renditions: spec.renditions });
    case 'audio':
      return [await encodeAudio({ ...shared, rendition: spec.rendition })];
    case 'text':
      return encodeText({ ...shared, renditions: spec.renditions });
    default:
      throw new StreamflixError('INTERNAL_ERROR', { message: `the encode pool has no ${spec.kind} tasks` });
  }
}

function encodeSteadily(context: TaskContext, input: string): Promise<EncodedFile[]> {
  const { job, media, scratchDir, signal } = context;
  const source = job.plan?.source;
  if (source === undefined) throw new StreamflixError('INTERNAL_ERROR', { message: 'an encode task of a job without a plan' });
  const reading = { input, source, dir: scratchDir, media, signal };
  return withSteadyInput(reading, (steady) => encode(context, steady));
}

/** A plan of an earlier version has the stills here: they are left to a worker that takes them when it packages. */
const leaveStills = ({ task }: TaskContext): WorkOutcome => ({
  result: { objects: [] },
  conclude: async (unit, job) => {
    await requireForPackage(unit, job, stillsCapability);
    await finishRenditions(unit, job, task);
  },
});

/** A device that failed: its task ends without a result, and its renditions are planned anew in software. */
function leaveDevice({ task, platform, logger }: TaskContext, failure: unknown): WorkOutcome {
  logger.warn({ err: failure, device: deviceOf(task.spec) }, 'the device failed; its renditions are encoded in software');
  const why = failure instanceof StreamflixError ? `${failure.code}: ${failure.message}` : String(failure);
  return {
    result: { objects: [] },
    conclude: (unit, job) => encodeInSoftware(unit, job, task, { who: platform.instance, why }),
  };
}

/** Makes the renditions of one task and puts them into the store, in this epoch's folder. */
export async function encodeTask(context: TaskContext): Promise<WorkOutcome> {
  const { task, signal, fetchSource, step } = context;
  if (task.spec.kind === 'images') return leaveStills(context);
  const input = await fetchSource();
  try {
    return await storeFiles(context, await step('encode', () => encodeSteadily(context, input)));
  } catch (error) {
    if (signal.aborted || deviceOf(task.spec) === undefined || !isDeviceFailure(error)) throw error;
    return leaveDevice(context, error);
  }
}

async function storeFiles(context: TaskContext, files: readonly EncodedFile[]): Promise<WorkOutcome> {
  const { task, platform, scratchDir, objectPrefix, signal, step } = context;
  await step('upload', () => uploadFolder(platform.storage, scratchDir, objectPrefix, { signal }));
  const objects = files.map(
    ({ rendition, path, sizeBytes, durationSeconds }): TaskObject => ({
      rendition,
      key: objectPrefix + basename(path),
      sizeBytes,
      durationSeconds,
    }),
  );
  return {
    result: { objects },
    conclude: async (unit, job) => {
      await finishRenditions(unit, job, task);
    },
  };
}
