import { z } from 'zod';
import { jobSummarySchema } from './job-answers.ts';
import { jobStates, videoIdSchema } from './job-requests.ts';

export const jobSorts = ['createdAt', 'updatedAt', 'priority'] as const;
export type JobSort = (typeof jobSorts)[number];
export const sortOrders = ['asc', 'desc'] as const;
export type SortOrder = (typeof sortOrders)[number];

/** So many are counted one by one; of more a list says that there are more. */
export const maxCountedJobs = 10_000;
/** What lies deeper is reached by cursors: an offset is walked through. */
const maxOffset = 10_000;
const maxMetadataFilters = 5;

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/** PostgreSQL knows no text with it. */
const hasNoNul = (text: string): boolean => !text.includes('\0');

const metadataEntry = z
  .string()
  .max(1125)
  .regex(/^[^=]+=/, 'must be key=value')
  .refine(hasNoNul, 'must be text');

const toEntries = (given: string | string[]): Record<string, string> =>
  Object.fromEntries([given].flat().map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));

/** GET /api/v1/jobs */
export const listJobsQuerySchema = z
  .strictObject({
    state: z.enum(jobStates).optional(),
    videoId: videoIdSchema.optional(),
    profile: z.string().min(1).max(64).refine(hasNoNul, 'must be text').optional(),
    createdFrom: moment.optional().meta({ description: 'Created at this time or later.' }),
    createdTo: moment.optional().meta({ description: 'Created before this time.' }),
    metadata: z
      .union([metadataEntry, z.array(metadataEntry).max(maxMetadataFilters)])
      .transform(toEntries)
      .optional()
      .meta({ description: '`key=value`; several times for several that must all be there.', examples: ['title=Holiday'] }),
    sort: z.enum(jobSorts).default('createdAt').meta({ description: 'Of the same priority, by time of creation.' }),
    order: z.enum(sortOrders).default('desc'),
    limit: z.coerce.number().int().min(1).max(200).default(50),
    cursor: z
      .string()
      .max(200)
      .optional()
      .meta({ description: '`nextCursor` of the page before, with the same `sort` and `order`.' }),
    offset: z.coerce
      .number()
      .int()
      .min(0)
      .max(maxOffset)
      .default(0)
      .meta({ description: 'Leaves out so many. Pages of a list that grows are better walked by cursor.' }),
    total: z
      .enum(['true', 'false'])
      .default('false')
      .transform((text) => text === 'true')
      .meta({ description: `Whether all that pass the filters are counted, up to ${maxCountedJobs}.` }),
  })
  .refine(({ cursor, offset }) => cursor === undefined || offset === 0, {
    path: ['offset'],
    message: 'must not be given together with a cursor',
  });

export const jobListSchema = z
  .object({
    items: z.array(jobSummarySchema),
    nextCursor: z.string().nullable().meta({ description: 'Asks for the next page; null on the last one.' }),
    next: z.string().nullable().meta({ description: 'Path and query of the next page, as in the header `Link`.' }),
    total: z
      .object({ count: z.int(), isExact: z.boolean().meta({ description: 'False: there are more than that.' }) })
      .nullable()
      .meta({ description: 'Null unless asked for with `total=true`.' }),
  })
  .meta({ id: 'JobList' });

/** GET /api/v1/jobs/{jobId}/history */
export const jobHistoryQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'is not one that a page gave')
    .optional()
    .meta({ description: '`nextCursor` of the page before.' }),
});

export const historyStepSchema = z
  .object({
    at: z.iso.datetime({ offset: true }),
    task: z
      .string()
      .nullable()
      .meta({ description: 'Name of the task that moved; null where the job itself did, or the task is no more.' }),
    subject: z.enum(['job', 'task']),
    from: z.string().nullable(),
    to: z.string().meta({ description: 'The same as `from` where something was decided that leaves the state as it is.' }),
    who: z.string().meta({ description: 'The process or person.' }),
    why: z.string().nullable(),
    traceparent: z.string().nullable(),
  })
  .meta({ id: 'HistoryStep' });

export const jobHistorySchema = z
  .object({ items: z.array(historyStepSchema), nextCursor: z.string().nullable() })
  .meta({ id: 'JobHistory', description: 'Every step of a job and its tasks, oldest first.' });

/** DELETE /api/v1/jobs/{jobId} */
const flag = z.enum(['true', 'false']).default('false');
export const deleteJobQuerySchema = z
  .strictObject({
    purge: flag.meta({ description: 'Delete the job with its files. It must have ended.' }),
    cancel: flag.meta({ description: 'With `purge`: cancel it first where it has not ended.' }),
  })
  .transform(({ purge, cancel }) => ({ purge: purge === 'true', cancel: cancel === 'true' }));

export type ListJobsQuery = z.output<typeof listJobsQuerySchema>;
export type ApiJobList = z.output<typeof jobListSchema>;
export type ApiJobHistory = z.output<typeof jobHistorySchema>;
export type ApiHistoryStep = z.output<typeof historyStepSchema>;
