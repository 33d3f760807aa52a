import { z } from 'zod';
import { storedSourceRequestSchema } from './job-requests.ts';

const side = z.int().min(2).max(16_384);
const count = z.int().min(0);
const amount = z.number().min(0);

/** A source as somebody describes it who has not uploaded it. */
const describedSourceSchema = z.strictObject({
  durationSeconds: z.number().positive().max(86_400),
  video: z
    .strictObject({ width: side, height: side, frameRate: z.number().positive().max(1000).default(25) })
    .nullable()
    .meta({ description: 'As displayed; null for sound alone.' }),
  audio: z
    .array(z.strictObject({ channels: z.int().min(1).max(64).default(2) }))
    .max(64)
    .default([{ channels: 2 }]),
});

/** POST /api/v1/jobs/estimate */
export const estimateRequestSchema = z
  .strictObject({
    source: describedSourceSchema.optional(),
    sourceKey: storedSourceRequestSchema.shape.sourceKey
      .optional()
      .meta({ description: 'Of an object that was probed for an earlier job.' }),
    sourceBucket: storedSourceRequestSchema.shape.sourceBucket,
    profile: storedSourceRequestSchema.shape.profile,
    priority: storedSourceRequestSchema.shape.priority,
  })
  .refine(({ source, sourceKey }) => (source === undefined) !== (sourceKey === undefined), {
    path: ['source'],
    message: 'say either source or sourceKey',
  })
  .meta({ id: 'EstimateRequest' });

export const estimateSchema = z
  .object({
    profile: z.object({ name: z.string(), version: z.int() }),
    renditions: z.array(
      z.object({
        name: z.string(),
        kind: z.enum(['video', 'audio', 'text', 'images']),
        width: count.nullable(),
        height: count.nullable(),
        maxBytes: amount,
      }),
    ),
    tasks: count,
    cpuSeconds: amount.meta({ description: 'In the unit of the fair queue, the probe and the package included.' }),
    maxOutputBytes: amount.meta({ description: 'At the ceilings; quality is capped, so that most videos stay well below.' }),
    queue: z
      .object({ slots: count, cpuSecondsAhead: amount })
      .meta({ description: 'Slots that the tenant may have now, and the work that is claimed before.' }),
    seconds: z
      .object({ wait: amount, work: amount, total: amount })
      .nullable()
      .meta({ description: 'About so long, with the queue and the workers of this moment; null while no worker is there.' }),
  })
  .meta({ id: 'Estimate' });

export type EstimateRequest = z.output<typeof estimateRequestSchema>;
export type DescribedSource = z.output<typeof describedSourceSchema>;
export type Estimate = z.output<typeof estimateSchema>;
