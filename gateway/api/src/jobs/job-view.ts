import {
  type ApiHistoryStep,
  type ApiJob,
  type ApiJobError,
  type ApiJobSummary,
  type ApiOrigin,
  type ApiOutputs,
  type ApiPlan,
  type ApiTask,
  type ErrorCode,
  errorCatalogue,
  estimateEnd,
  framesPerSecond,
  type JobPlan,
  jobLifecycle,
  jobProgress,
  type SourceVideo,
  type VideoTranscoded,
} from '@streamflix/contracts';
import type { HistoryRow, JobRow, ListedJobRow, TaskStatus } from '@streamflix/infra/database';

const isoOrNull = (date: Date | null): string | null => date?.toISOString() ?? null;

function toError({ errorCode, errorMessage, errorStage, outcome }: ListedJobRow): ApiJobError | null {
  if (errorCode === null) return null;
  const isKnown = errorCode in errorCatalogue;
  return {
    code: errorCode,
    message: errorMessage ?? (isKnown ? errorCatalogue[errorCode as ErrorCode].message : errorCode),
    stage: errorStage,
    retriable: outcome?.retriable === true,
  };
}

/** What later versions of the event added, with the defaults of its schema. */
const addedToAudio = { label: '', isDefault: false };
const addedToText = { label: '', isForced: false, forHearingImpaired: false };
const addedToVerification = { results: [] };

/** The outcome of a completed job is the event VideoTranscoded as it was told, perhaps by an earlier version of the platform. */
function transcodedOf({ state, outcome }: JobRow): VideoTranscoded | null {
  if (state !== 'completed' || outcome === null) return null;
  const event = outcome as unknown as VideoTranscoded;
  return {
    ...event,
    source: event.source ?? null,
    audio: event.audio.map((track) => Object.assign({}, addedToAudio, track)),
    text: event.text.map((track) => Object.assign({}, addedToText, track)),
    verification: Object.assign({}, addedToVerification, event.verification),
  };
}

function toOutputs(job: JobRow): ApiOutputs | null {
  const event = transcodedOf(job);
  if (event === null) return null;
  const { packagePrefix, packageVersion, hlsManifestUrl, dashManifestUrl, durationSeconds, renditions, audio, text, images } =
    event;
  return { packagePrefix, packageVersion, hlsManifestUrl, dashManifestUrl, durationSeconds, renditions, audio, text, images };
}

function toSourcePicture({ colour, ...video }: SourceVideo): NonNullable<ApiPlan['source']['picture']> {
  const { rotation, variableFrameRate, fieldOrder, pixelFormat } = video;
  return { rotation, variableFrameRate, fieldOrder, pixelFormat, ...colour };
}

export const toPlan = ({ profile, source, segmentSeconds, renditions, givenUp = [] }: JobPlan): ApiPlan => ({
  profile: { name: profile.name, version: profile.version },
  source: {
    container: source.container,
    sizeBytes: source.sizeBytes,
    durationSeconds: source.durationSeconds,
    width: source.video?.width ?? null,
    height: source.video?.height ?? null,
    frameRate: source.video === null ? null : framesPerSecond(source.video.frameRate),
    videoCodec: source.video?.codec ?? null,
    picture: source.video === null ? null : toSourcePicture(source.video),
    audioCodecs: source.audio.map(({ codec }) => codec),
    audio: source.audio.map(({ codec, channels, layout, sampleRate, language, title, isDefault }) => ({
      codec,
      channels,
      layout,
      sampleRate,
      language,
      title,
      isDefault,
    })),
    text: source.text.map(({ codec, format, language, title, isForced, forHearingImpaired }) => ({
      codec,
      format,
      language,
      title,
      isForced,
      forHearingImpaired,
    })),
    chapters: source.chapters.map(({ startSeconds, endSeconds, title }) => ({ startSeconds, endSeconds, title })),
  },
  segmentSeconds,
  renditions: renditions.map((rendition) => ({
    name: rendition.name,
    kind: rendition.kind,
    required: rendition.kind !== 'video' || rendition.required,
  })),
  givenUp,
});

const toTask = (task: TaskStatus): ApiTask => ({
  id: task.id,
  name: task.name,
  pool: task.pool,
  state: task.state,
  progress: task.state === 'done' ? 1 : clampFraction(task.progress),
  failedAttempts: task.failedAttempts,
  errorCode: task.errorCode,
  waitsFor: task.unclaimableSince === null ? [] : task.requires,
  startedAt: isoOrNull(task.startedAt),
  finishedAt: isoOrNull(task.finishedAt),
});

const clampFraction = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 10_000) / 10_000;

/** A job as it stands in a list: of its own row alone. */
export const toJobSummary = (job: ListedJobRow): ApiJobSummary => ({
  id: job.id,
  videoId: job.videoId,
  state: job.state,
  source: { bucket: job.sourceBucket, key: job.sourceKey, etag: job.sourceEtag, sizeBytes: job.sizeBytes },
  filename: job.filename,
  contentType: job.contentType,
  profile: job.profile,
  priority: job.priority,
  requestedPriority: job.requestedPriority,
  webhookUrl: job.webhookUrl,
  deadlineAt: isoOrNull(job.deadlineAt),
  metadata: job.metadata,
  error: toError(job),
  createdAt: job.createdAt.toISOString(),
  updatedAt: job.updatedAt.toISOString(),
  finishedAt: isoOrNull(job.finishedAt),
});

function toEstimatedEnd({ state }: JobRow, tasks: TaskStatus[]): string | null {
  if (jobLifecycle.isTerminal(state)) return null;
  const end = estimateEnd(
    tasks.map((task) => ({ ...task, startedAt: task.startedAt?.getTime() ?? null, updatedAt: task.updatedAt.getTime() })),
  );
  return end === null ? null : new Date(end).toISOString();
}

/** What is behind the question mark of a URL may be a secret. */
function toOrigin(tasks: TaskStatus[]): ApiOrigin {
  const origin = tasks.find((task) => task.origin !== null)?.origin ?? null;
  if (origin === null) return null;
  if (origin.kind === 'folder') return origin;
  const { origin: server, pathname } = new URL(origin.url);
  return { kind: 'url', url: server + pathname };
}

export const toJob = (job: JobRow, tasks: TaskStatus[]): ApiJob => ({
  ...toJobSummary(job),
  origin: toOrigin(tasks),
  progress: job.state === 'completed' ? 1 : clampFraction(jobProgress(tasks)),
  estimatedEndAt: toEstimatedEnd(job, tasks),
  // Webhooks are told apart from the job: they begin when it has ended.
  tasks: tasks.filter(({ pool }) => pool !== 'notify').map(toTask),
  plan: job.plan === null ? null : toPlan(job.plan),
  outputs: toOutputs(job),
  verification: transcodedOf(job)?.verification ?? null,
});

export const toHistoryStep = ({
  at,
  taskId,
  taskName,
  fromState,
  toState,
  who,
  why,
  traceparent,
}: HistoryRow): ApiHistoryStep => ({
  at: at.toISOString(),
  subject: taskId === null ? 'job' : 'task',
  task: taskName,
  from: fromState,
  to: toState,
  who,
  why,
  traceparent,
});
