import { z } from 'zod';
import { durationPattern } from '../checker/duration.ts';
import { type FindingKind, findingKinds } from '../checker/finding-kinds.ts';

/** GET /api/v1/verification */
export const verificationQuerySchema = z.strictObject({
  since: z
    .string()
    .regex(durationPattern, 'must be a number and s, m, h or d, as 24h')
    .default('24h')
    .meta({ description: 'Jobs that changed in this span of time, and those that have not ended: 90s, 30m, 24h, 7d.' }),
  jobId: z.uuid().optional().meta({ description: 'Only this job, however old it is.' }),
});

export const findingSchema = z
  .object({
    type: z.literal('finding'),
    jobId: z.string(),
    kind: z.enum(Object.keys(findingKinds) as [FindingKind, ...FindingKind[]]),
    severity: z.enum(['critical', 'warning']),
    database: z.string().meta({ description: 'What the database says.' }),
    other: z.string().meta({ description: 'What the topics, the store or another table say.' }),
    remedy: z.string(),
  })
  .meta({ id: 'Finding' });

const counts = {
  jobs: z.int().meta({ description: 'Jobs looked at so far.' }),
  findings: z.int(),
};

/** The lines of the answer, one JSON document each: findings and progress as they come, at last a summary or an error. */
export const verificationLineSchema = z
  .discriminatedUnion('type', [
    findingSchema,
    z.object({ type: z.literal('progress'), ...counts }),
    z.object({
      type: z.literal('summary'),
      ...counts,
      changing: z.int().meta({ description: 'Jobs that changed each time they were looked at, so that nothing can be said.' }),
    }),
    z.object({ type: z.literal('error'), code: z.string(), message: z.string() }),
  ])
  .meta({ id: 'VerificationLine' });

export type VerificationQuery = z.output<typeof verificationQuerySchema>;
export type VerificationLine = z.output<typeof verificationLineSchema>;
