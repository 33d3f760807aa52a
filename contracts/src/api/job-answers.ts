import { z } from 'zod';
import { type TaskState, taskStateMeanings } from '../lifecycle/task-state.ts';
import { pools } from '../work/pools.ts';
import { jobStates } from './job-requests.ts';

const moment = z.iso.datetime({ offset: true });
const taskStates = Object.keys(taskStateMeanings) as TaskState[];
const fraction = z.number().min(0).max(1);

export const taskSchema = z
  .object({
    id: z.string(),
    name: z.string().meta({ examples: ['probe', 'video-0', 'audio', 'package'] }),
    pool: z.enum(pools),
    state: z.enum(taskStates),
    progress: fraction,
    failedAttempts: z.int(),
    errorCode: z.string().nullable(),
    waitsFor: z.array(z.string()).meta({
      description: 'Capabilities that no worker has who is there; empty when it waits for none.',
      examples: [['encoder:libx265']],
    }),
    startedAt: moment.nullable(),
    finishedAt: moment.nullable(),
  })
  .meta({ id: 'Task' });

/** How the pictures of a source are stored; they come out progressive, upright, of an even rate and in ordinary colours. */
const sourcePictureSchema = z.object({
  rotation: z.int().meta({ description: 'Clockwise degrees the stored picture is turned by.' }),
  variableFrameRate: z.boolean(),
  fieldOrder: z.enum(['progressive', 'top-first', 'bottom-first']),
  pixelFormat: z.string(),
  bitDepth: z.int(),
  transfer: z.enum(['sdr', 'pq', 'hlg']),
  primaries: z.string().nullable(),
  matrix: z.string().nullable(),
  range: z.enum(['limited', 'full']),
});

export const planSchema = z
  .object({
    source: z.object({
      container: z.string(),
      sizeBytes: z.number(),
      durationSeconds: z.number(),
      width: z.int().nullable(),
      height: z.int().nullable(),
      frameRate: z.number().nullable(),
      videoCodec: z.string().nullable(),
      picture: sourcePictureSchema.nullable().meta({ description: 'Null for sound alone.' }),
      audioCodecs: z.array(z.string()),
      audio: z.array(
        z.object({
          codec: z.string(),
          channels: z.int(),
          layout: z.string().nullable(),
          sampleRate: z.int(),
          language: z.string().nullable(),
          title: z.string().nullable(),
          isDefault: z.boolean(),
        }),
      ),
      text: z.array(
        z.object({
          codec: z.string(),
          format: z.enum(['text', 'picture']),
          language: z.string().nullable(),
          title: z.string().nullable(),
          isForced: z.boolean(),
          forHearingImpaired: z.boolean(),
        }),
      ),
      chapters: z.array(z.object({ startSeconds: z.number(), endSeconds: z.number(), title: z.string().nullable() })),
    }),
    segmentSeconds: z.number(),
    profile: z.object({ name: z.string(), version: z.int() }).meta({ description: 'As it was when the job was planned.' }),
    renditions: z.array(
      z.object({
        name: z.string(),
        kind: z.enum(['video', 'audio', 'text', 'images']),
        required: z.boolean().meta({ description: 'Else the job completes without it when it cannot be made.' }),
      }),
    ),
    givenUp: z
      .array(z.object({ name: z.string(), code: z.string(), message: z.string() }))
      .meta({ description: 'What a completed job does without.' }),
  })
  .meta({ id: 'Plan', description: 'What the probe found and what is made of it.' });

export const outputsSchema = z
  .object({
    packagePrefix: z.string(),
    packageVersion: z.int(),
    hlsManifestUrl: z.string(),
    dashManifestUrl: z.string(),
    durationSeconds: z.number(),
    renditions: z.array(
      z.object({
        name: z.string(),
        width: z.int(),
        height: z.int(),
        bitrateKbps: z.number(),
        codec: z.string(),
        frameRate: z.number(),
        sizeBytes: z.number(),
      }),
    ),
    audio: z.array(
      z.object({
        name: z.string(),
        language: z.string().nullable(),
        channels: z.int(),
        bitrateKbps: z.number(),
        codec: z.string(),
        sizeBytes: z.number(),
        label: z.string(),
        isDefault: z.boolean(),
      }),
    ),
    text: z.array(
      z.object({
        name: z.string(),
        language: z.string().nullable(),
        kind: z.string().meta({ examples: ['subtitles', 'captions', 'chapters'] }),
        url: z.string(),
        label: z.string(),
        isForced: z.boolean(),
        forHearingImpaired: z.boolean(),
      }),
    ),
    images: z.array(
      z.object({ kind: z.string(), positionSeconds: z.number(), width: z.int(), height: z.int(), url: z.string() }),
    ),
  })
  .meta({ id: 'Outputs', description: 'The package, as VideoTranscoded tells it.' });

export const verificationSchema = z
  .object({
    passed: z.boolean(),
    checks: z.int(),
    segments: z.int(),
    maxDurationErrorSeconds: z.number(),
    warnings: z.array(z.string()),
    results: z.array(z.object({ name: z.string(), passed: z.boolean(), detail: z.string() })),
  })
  .meta({ id: 'Verification' });

export const jobErrorSchema = z
  .object({
    code: z.string().meta({ description: 'Stable code from the error catalogue.', examples: ['SOURCE_CORRUPT'] }),
    message: z.string(),
    stage: z.string().nullable(),
    retriable: z.boolean(),
  })
  .meta({ id: 'JobError' });

/** A job as it stands in a list. */
export const jobSummarySchema = z
  .object({
    id: z.string(),
    videoId: z.string(),
    state: z.enum(jobStates),
    source: z.object({ bucket: z.string(), key: z.string(), etag: z.string(), sizeBytes: z.number().nullable() }),
    filename: z.string().nullable(),
    contentType: z.string().nullable(),
    profile: z.string().nullable(),
    priority: z.int(),
    requestedPriority: z
      .int()
      .nullable()
      .meta({ description: 'What was asked for, where that is more than the tenant may have; else null.' }),
    webhookUrl: z.string().nullable(),
    deadlineAt: moment.nullable(),
    metadata: z.record(z.string(), z.string()),
    error: jobErrorSchema.nullable(),
    createdAt: moment,
    updatedAt: moment,
    finishedAt: moment.nullable(),
  })
  .meta({ id: 'JobSummary' });

const originSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('url'), url: z.string().meta({ description: 'Without its query.' }) }),
    z.object({ kind: z.literal('folder'), folder: z.string(), path: z.string() }),
  ])
  .nullable()
  .meta({ description: 'Where the source was brought from; null for what lay in the store.' });

export const jobSchema = jobSummarySchema
  .extend({
    origin: originSchema,
    progress: fraction,
    estimatedEndAt: moment
      .nullable()
      .meta({ description: 'When it will have ended at the pace so far; null until it is encoding, and once it has ended.' }),
    tasks: z.array(taskSchema),
    plan: planSchema.nullable(),
    outputs: outputsSchema.nullable(),
    verification: verificationSchema.nullable(),
  })
  .meta({ id: 'Job' });

/** The data of `event: progress` of GET /api/v1/jobs/{jobId}/events. `event: job` and `event: end` carry a whole job. */
export const progressEventSchema = z
  .object({
    state: z.string(),
    progress: fraction,
    stage: z.string().nullable(),
    taskId: z.string().nullable(),
    taskProgress: fraction.nullable(),
    speed: z.number().nullable().meta({ description: 'Media seconds worked off per second.' }),
  })
  .meta({ id: 'ProgressEvent' });

export type ApiOrigin = z.output<typeof originSchema>;
export type ApiTask = z.output<typeof taskSchema>;
export type ApiPlan = z.output<typeof planSchema>;
export type ApiOutputs = z.output<typeof outputsSchema>;
export type ApiVerification = z.output<typeof verificationSchema>;
export type ApiJobError = z.output<typeof jobErrorSchema>;
export type ApiJobSummary = z.output<typeof jobSummarySchema>;
export type ApiJob = z.output<typeof jobSchema>;
export type ApiProgressEvent = z.output<typeof progressEventSchema>;
