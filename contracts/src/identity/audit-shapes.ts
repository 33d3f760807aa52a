import { z } from 'zod';
import { givenMomentSchema } from '../api/given-moment.ts';
import { momentSchema, tenantIdSchema } from './key-shapes.ts';

export const auditQuerySchema = z.strictObject({
  tenant: tenantIdSchema.optional(),
  who: z.string().max(300).optional(),
  action: z.string().max(200).optional(),
  since: givenMomentSchema.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'is not one that a list gave')
    .optional(),
});

export const auditEntrySchema = z
  .object({
    id: z.string(),
    at: momentSchema,
    requestId: z.string().meta({ description: 'As in the answer’s `X-Request-Id`.' }),
    who: z.string(),
    whoId: z.string().nullable(),
    role: z.string().nullable(),
    tenantId: z.string().nullable().meta({ description: 'The tenant that was meant.' }),
    address: z.string(),
    action: z.string().meta({ examples: ['DELETE /api/v1/jobs/:jobId'] }),
    target: z.string().nullable(),
    status: z.int().nullable().meta({ description: 'Of the answer; null when the process ended before it was known.' }),
  })
  .meta({ id: 'AuditEntry' });

export const auditListSchema = z
  .object({ items: z.array(auditEntrySchema), nextCursor: z.string().nullable() })
  .meta({ id: 'AuditList' });

export type AuditEntry = z.output<typeof auditEntrySchema>;
