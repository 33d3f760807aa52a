import { z } from 'zod';
import { jobSchema } from './job-answers.ts';
import { createJobRequestSchema } from './job-requests.ts';
import { errorAnswerSchema } from './platform-answers.ts';

export const maxBatchedJobs = 100;

/** POST /api/v1/jobs/batch: many jobs in one request, each as POST /api/v1/jobs takes it. */
export const createBatchRequestSchema = z
  .strictObject({ jobs: z.array(createJobRequestSchema).min(1).max(maxBatchedJobs) })
  .meta({ id: 'CreateBatchRequest' });

export const batchItemSchema = z
  .object({
    status: z.int().meta({ description: 'What POST /api/v1/jobs would have answered.', examples: [202] }),
    job: jobSchema.nullable().meta({ description: 'Null where it was refused.' }),
    error: errorAnswerSchema.shape.error.nullable(),
  })
  .meta({ id: 'BatchItem' });

export const batchAnswerSchema = z
  .object({
    accepted: z.int(),
    refused: z.int(),
    items: z.array(batchItemSchema).meta({ description: 'In the order of the request.' }),
  })
  .meta({ id: 'BatchAnswer' });

export type ApiBatchItem = z.output<typeof batchItemSchema>;
export type ApiBatchAnswer = z.output<typeof batchAnswerSchema>;
