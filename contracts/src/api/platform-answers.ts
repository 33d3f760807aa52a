import { z } from 'zod';

/** The form of every answer that is not a success. */
export const errorAnswerSchema = z
  .object({
    error: z.object({
      code: z.string().meta({ description: 'Stable code from the error catalogue.' }),
      message: z.string().meta({ description: 'For a person.' }),
      details: z.record(z.string(), z.unknown()),
    }),
  })
  .meta({ id: 'Error' });

export const dependencyNames = ['database', 'bus', 'registry', 'locks', 'store'] as const;
export type DependencyName = (typeof dependencyNames)[number];

export const dependencyHealthSchema = z
  .object({
    status: z.enum(['up', 'down']),
    latencyMs: z.number(),
    error: z.string().nullable().meta({ description: 'Code from the error catalogue.' }),
  })
  .meta({ id: 'DependencyHealth' });

export const healthSchema = z
  .object({
    status: z.enum(['up', 'degraded', 'down']).meta({
      description: 'degraded: it serves, but what the dependency gives comes later or not at all. down: it cannot serve.',
    }),
    dependencies: z.record(z.enum(dependencyNames), dependencyHealthSchema),
  })
  .meta({ id: 'Health' });

export type ErrorAnswer = z.output<typeof errorAnswerSchema>;
export type DependencyHealth = z.output<typeof dependencyHealthSchema>;
export type Health = z.output<typeof healthSchema>;
