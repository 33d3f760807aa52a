import { z } from 'zod';
import { pools } from '../work/pools.ts';
import { jobStates } from './job-requests.ts';

const count = z.int().min(0);
const amount = z.number().min(0);

const scopeSchema = z.enum(['platform', 'tenant']).optional().meta({
  description:
    "All tenants together or the caller's own; platform roles get all unless they ask otherwise, others only their own.",
});

export const statsQuerySchema = z.strictObject({ scope: scopeSchema });

/** What was done in a time. */
const workDoneSchema = z.object({
  completed: count,
  failed: count,
  cancelled: count,
  sourceMinutes: amount.meta({ description: 'Of completed jobs.' }),
  outputBytes: amount,
  cpuSeconds: amount.meta({ description: 'In the unit of the fair queue: what the work that was done was predicted to cost.' }),
});

/** GET /api/v1/stats */
export const statsSchema = z
  .object({
    scope: z.enum(['platform', 'tenant']),
    at: z.iso.datetime({ offset: true }),
    jobs: z
      .record(z.enum(jobStates), count)
      .meta({ description: 'By state: those that live, and those that ended within a day.' }),
    queues: z.array(
      z.object({
        pool: z.enum(pools),
        waiting: count.meta({ description: 'Tasks that may be claimed, and those that wait for their next attempt.' }),
        running: count,
        waitingCpuSeconds: amount,
        oldestSeconds: amount.nullable().meta({ description: 'How long the longest of them has waited; null when none does.' }),
      }),
    ),
    lastHour: workDoneSchema,
    workers: z
      .array(z.object({ pool: z.enum(pools), seen: count, quarantined: count, slots: count }))
      .nullable()
      .meta({ description: 'Of the platform; null to a tenant.' }),
  })
  .meta({ id: 'Stats' });

const day = z.iso.date();
const longestDays = 400;

export const usageQuerySchema = z
  .strictObject({
    from: day.optional().meta({ description: 'The first day (UTC); thirty days before `to` when absent.' }),
    to: day.optional().meta({ description: 'The last day, itself included; today when absent.' }),
    by: z.enum(['tenant', 'key', 'day']).default('tenant'),
    scope: scopeSchema,
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, { path: ['to'], message: 'is before from' })
  .refine(
    ({ from, to }) => from === undefined || to === undefined || Date.parse(to) - Date.parse(from) <= longestDays * 86_400_000,
    { path: ['from'], message: `is more than ${longestDays} days before to` },
  );

/** GET /api/v1/usage: what was done, by the attempts of jobs that ended in these days. */
export const usageSchema = z
  .object({
    scope: z.enum(['platform', 'tenant']),
    from: day,
    to: day,
    by: z.enum(['tenant', 'key', 'day']),
    items: z.array(
      workDoneSchema.extend({
        tenantId: z.string().nullable().meta({ description: 'Null where days are told.' }),
        keyId: z
          .string()
          .nullable()
          .meta({ description: 'The key that submitted them; null for people and for what came over Kafka.' }),
        keyName: z.string().nullable(),
        day: day.nullable(),
      }),
    ),
  })
  .meta({ id: 'Usage' });

export type UsageQuery = z.output<typeof usageQuerySchema>;
export type ApiStats = z.output<typeof statsSchema>;
export type ApiUsage = z.output<typeof usageSchema>;
export type ApiWorkDone = z.output<typeof workDoneSchema>;
