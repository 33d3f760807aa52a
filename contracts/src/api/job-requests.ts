import { z } from 'zod';
import { isPlainPath, videoIdPattern } from '../identifiers.ts';
import { type JobState, jobStateMeanings } from '../lifecycle/job-state.ts';
import { givenMomentSchema } from './given-moment.ts';

export const jobStates = Object.keys(jobStateMeanings) as JobState[];

export const videoIdSchema = z
  .string()
  .regex(videoIdPattern, 'must be 1 to 128 letters, digits, dots, hyphens and underscores, and begin with a letter or digit')
  .meta({ description: "The caller's own id of the video.", examples: ['holiday-2026'] });

const prioritySchema = z.int().min(1).max(10).meta({ description: '10 critical, 5 normal, 3 low, 1 background.' });

const webhookUrlSchema = z
  .url({ protocol: /^https?$/ })
  .max(2048)
  .regex(/^https?:\/\/[^\s/?#]+/i, 'must be an http or https address')
  .meta({ description: 'Where the outcome is POSTed, signed as Standard Webhooks say.' });

const maxMetadataEntries = 50;

export const metadataSchema = z
  .record(z.string().min(1).max(100), z.string().max(1024))
  .refine((map) => Object.keys(map).length <= maxMetadataEntries, `must have at most ${maxMetadataEntries} entries`)
  .meta({
    maxProperties: maxMetadataEntries,
    description: 'Carried through to the outcome unchanged: at most 50 entries of at most 1,024 characters each.',
    examples: [{ title: 'Holiday' }],
  });

const profileSchema = z
  .string()
  .min(1)
  .max(64)
  .meta({ description: "Name of an encoding profile; the tenant's default when absent." });

/** What every way of making a job may say besides its source. */
const jobOptions = {
  videoId: videoIdSchema.optional(),
  profile: profileSchema.optional(),
  priority: prioritySchema.default(5),
  webhookUrl: webhookUrlSchema.optional(),
  metadata: metadataSchema.default({}),
};

const deadlineSchema = givenMomentSchema.meta({ description: 'After this time the outcome is worthless to the caller.' });

export const storedSourceRequestSchema = z
  .strictObject({
    sourceKey: z.string().min(1).max(1024).meta({ description: 'Object key of the source.' }),
    sourceBucket: z.string().min(3).max(63).optional().meta({ description: "The platform's own bucket when absent." }),
    filename: z.string().min(1).max(255).optional(),
    contentType: z.string().min(1).max(255).optional(),
    checksumSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits')
      .optional(),
    deadlineAt: deadlineSchema.optional(),
    ...jobOptions,
  })
  .meta({ id: 'StoredSourceRequest' });

const urlSourceRequestSchema = z
  .strictObject({
    source: z.strictObject({
      url: z
        .string()
        .min(1)
        .max(2048)
        .meta({
          description: 'A public https address; redirects are followed. Kept with the job until it is deleted.',
          examples: ['https://example.com/holiday.mp4'],
        }),
    }),
    filename: z.string().min(1).max(255).optional().meta({ description: 'The last part of the URL when absent.' }),
    deadlineAt: deadlineSchema.optional(),
    ...jobOptions,
  })
  .meta({ id: 'UrlSourceRequest' });

/** POST /api/v1/jobs: a job for an object that lies in the store already, or for what a URL names. */
export const createJobRequestSchema = z
  .union([storedSourceRequestSchema, urlSourceRequestSchema])
  .meta({ id: 'CreateJobRequest' });

/** POST /api/v1/jobs/filesystem: a job for a file in a folder of the installation. */
export const folderSourceRequestSchema = z
  .strictObject({
    folder: z
      .string()
      .min(1)
      .max(64)
      .meta({ description: 'Name of a folder that the installation opened.', examples: ['media'] }),
    path: z
      .string()
      .min(1)
      .max(1024)
      .refine(isPlainPath, 'must lead down from the folder by plain names: no "..", nothing hidden, not absolute')
      .meta({ description: 'Of the file, inside the folder.', examples: ['2026/holiday.mp4'] }),
    deadlineAt: deadlineSchema.optional(),
    ...jobOptions,
  })
  .meta({ id: 'FolderSourceRequest' });

/** POST /api/v1/jobs/{id}/retry. */
export const retryJobRequestSchema = z
  .strictObject({
    renditions: z
      .array(z.string().min(1).max(64))
      .max(32)
      .default([])
      .meta({ description: 'Made again though they are done. What is not done is made in any case.', examples: [['720p']] }),
    tasks: z
      .array(z.string().min(1).max(64))
      .max(1000)
      .default([])
      .meta({ description: 'Names of single tasks, such as one chunk of video, made again likewise.', examples: [['video-3']] }),
  })
  .meta({ id: 'RetryJobRequest' })
  // No body asks for nothing special.
  .nullish();

/** PATCH /api/v1/jobs/{jobId}: what of a job may be changed while it lives. */
export const changeJobRequestSchema = z.strictObject({ priority: prioritySchema }).meta({ id: 'ChangeJobRequest' });

/** The fields beside `file` of POST /api/v1/jobs/upload. A form knows only text, so numbers and JSON come as such. */
export const uploadFieldsSchema = z.strictObject({
  ...jobOptions,
  priority: z
    .string()
    .regex(/^\d{1,2}$/, 'must be a whole number')
    .transform(Number)
    .pipe(prioritySchema)
    .default(5),
  metadata: z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'must be a JSON object' });
        return z.NEVER;
      }
    })
    .pipe(metadataSchema)
    .default({}),
});

export const jobIdParamsSchema = z.strictObject({ jobId: z.string().max(100) });

export const taskParamsSchema = z.strictObject({
  jobId: z.string().max(100),
  taskId: z
    .string()
    .max(100)
    .meta({ description: 'Its id or its name.', examples: ['video-3'] }),
});

export type StoredSourceRequest = z.output<typeof storedSourceRequestSchema>;
export type UrlSourceRequest = z.output<typeof urlSourceRequestSchema>;
export type FolderSourceRequest = z.output<typeof folderSourceRequestSchema>;
export type CreateJobRequest = z.output<typeof createJobRequestSchema>;
export type UploadFields = z.output<typeof uploadFieldsSchema>;
