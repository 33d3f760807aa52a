import { z } from 'zod';
import { displayNameSchema, momentSchema, tenantIdSchema } from './key-shapes.ts';

export const tenantStatuses = ['active', 'suspended'] as const;
export type TenantStatus = (typeof tenantStatuses)[number];

/** What a column of the database can hold. */
const count = z.int().min(0).max(1_000_000_000);

const tenantFields = {
  name: displayNameSchema.nullable(),
  status: z.enum(tenantStatuses).meta({ description: 'Nobody of a suspended tenant is let in; what it has queued goes on.' }),
  weight: z.number().min(0.001).max(1_000).meta({ description: "Its part of the workers, against the others' weights." }),
  maxRunningTasks: count.nullable().meta({ description: 'Tasks of one pool at once; null: as configured for all.' }),
  maxPriority: z
    .int()
    .min(1)
    .max(10)
    .nullable()
    .meta({ description: 'What is asked for above this is lowered; null: as configured.' }),
  maxQueuedJobs: count.nullable().meta({ description: 'Jobs that have not ended; null: as configured for all.' }),
};

/** What of a tenant may be set; what is absent stays, or gets its default in a new tenant. */
export const changeTenantRequestSchema = z.strictObject(tenantFields).partial().meta({ id: 'ChangeTenantRequest' });
export const createTenantRequestSchema = z
  .strictObject({ id: tenantIdSchema })
  .extend(z.strictObject(tenantFields).partial().shape)
  .meta({ id: 'CreateTenantRequest' });

/** What was written before is told, also where it could not be written today. */
const told = {
  weight: z.number(),
  maxRunningTasks: z.int().nullable(),
  maxPriority: z.int().nullable(),
  maxQueuedJobs: z.int().nullable(),
};
export const tenantSchema = z
  .object({ id: z.string(), ...tenantFields, name: z.string().nullable(), ...told, createdAt: momentSchema })
  .meta({ id: 'Tenant' });
export const tenantListSchema = z.object({ items: z.array(tenantSchema) }).meta({ id: 'TenantList' });
// Not checked for its form: what no tenant can be called is not found.
export const tenantParamsSchema = z.strictObject({ tenantId: z.string().max(100) });

export type ChangeTenantRequest = z.output<typeof changeTenantRequestSchema>;
export type Tenant = z.output<typeof tenantSchema>;
