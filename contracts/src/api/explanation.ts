import { z } from 'zod';
import { type DeadLetterState, deadLetterStateMeanings } from '../lifecycle/dead-letter-state.ts';
import { videoCodecs } from '../media/codecs.ts';
import { pools } from '../work/pools.ts';
import { jobStates } from './job-requests.ts';

const moment = z.iso.datetime({ offset: true });
const count = z.int().min(0);
const deadLetterStates = Object.keys(deadLetterStateMeanings) as DeadLetterState[];
const pool = z.enum(pools);
const error = z.string().meta({ description: 'Code from the error catalogue.' });

/** Why a job stands where it stands: one code and its data each. `sentences` say the same to a person. */
export const reasonSchema = z
  .discriminatedUnion('code', [
    z.object({ code: z.literal('not-taken-in') }).meta({ description: 'Nobody has heard of the upload yet.' }),
    z
      .object({
        code: z.literal('turn'),
        ...{
          pool,
          tasks: count,
          ahead: count,
          aheadOfOthers: count,
          cpuSecondsAhead: z.number(),
          slots: count,
          busySlots: count,
        },
      })
      .meta({ description: 'Others are claimed before: `ahead` tasks, `aheadOfOthers` of them of other tenants.' }),
    z.object({ code: z.literal('tenant-limit'), pool, tasks: count, running: count, mayRun: count }),
    z.object({ code: z.literal('capability'), pool, tasks: count, requires: z.array(z.string()) }),
    z.object({ code: z.literal('no-worker'), pool, tasks: count }),
    z
      .object({ code: z.literal('quarantine'), pool, tasks: count, workers: count, until: moment.nullable() })
      .meta({ description: 'Every worker that could do it is quarantined.' }),
    z.object({
      code: z.literal('backoff'),
      ...{ task: z.string(), pool, until: moment, error, failedAttempts: count, maxAttempts: count },
    }),
    z
      .object({ code: z.literal('dependency'), pool, task: z.string().nullable(), error, until: moment.nullable() })
      .meta({ description: 'A server of the platform is away; no attempt is lost by it.' }),
    z
      .object({ code: z.literal('parts'), open: count, total: count })
      .meta({ description: 'The package waits for what it is of.' }),
    z.object({ code: z.literal('running'), tasks: count, total: count, workers: z.array(z.string()) }),
    z.object({ code: z.literal('rendition-given-up'), rendition: z.string(), error, message: z.string() }),
    z.object({ code: z.literal('priority-lowered'), requested: z.int(), granted: z.int() }),
    z.object({ code: z.literal('completed'), warnings: count }),
    z.object({ code: z.literal('failed'), error, message: z.string(), stage: z.string().nullable(), mayDoBetter: z.boolean() }),
    z.object({ code: z.literal('cancelled'), who: z.string(), why: z.string().nullable() }),
    z.object({
      code: z.literal('dead-letter'),
      letterId: z.string(),
      state: z.enum(deadLetterStates),
      pool: pool.nullable(),
      error,
    }),
  ])
  .meta({ id: 'ExplanationReason' });

export const ladderLineSchema = z
  .object({
    name: z.string(),
    codec: z.enum(videoCodecs),
    width: count.nullable(),
    height: count.nullable(),
    maxBitrateKbps: count.nullable(),
    required: z.boolean(),
    status: z.enum(['planned', 'done', 'given-up', 'left-out']),
    why: z.string(),
  })
  .meta({ id: 'ExplanationRung' });

export const ranCommandSchema = z
  .object({
    task: z.string(),
    epoch: count.meta({ description: 'Number of the claim that it ran under.' }),
    worker: z.string(),
    program: z.string(),
    args: z.array(z.string()).meta({ description: 'Places on the disk are left out: <source>, <work>.' }),
    startedAt: moment,
    seconds: z.number(),
    exit: z.string().meta({ description: 'Its exit code, or the signal that ended it.', examples: ['0', '1', 'SIGTERM'] }),
  })
  .meta({ id: 'RanCommand' });

export const toldFailureSchema = z
  .object({
    task: z.string(),
    worker: z.string(),
    error,
    message: z.string(),
    at: moment,
    excused: z.boolean().meta({ description: 'The worker was at fault, and the task lost no attempt.' }),
  })
  .meta({ id: 'ToldFailure' });

/** GET /api/v1/jobs/{jobId}/explain */
export const explanationSchema = z
  .object({
    jobId: z.string(),
    state: z.enum(jobStates),
    headline: z.string(),
    sentences: z.array(z.string()),
    reasons: z.array(reasonSchema),
    next: z.array(z.string()).meta({ description: 'What comes next, and what somebody could do.' }),
    ladder: z.array(ladderLineSchema),
    commands: z.array(ranCommandSchema),
    failures: z.array(toldFailureSchema),
    traceId: z.string().nullable(),
  })
  .meta({ id: 'Explanation' });

export type Reason = z.output<typeof reasonSchema>;
export type ReasonOf<C extends Reason['code']> = Extract<Reason, { code: C }>;
export type LadderLine = z.output<typeof ladderLineSchema>;
export type RanCommand = z.output<typeof ranCommandSchema>;
export type ToldFailure = z.output<typeof toldFailureSchema>;
export type Explanation = z.output<typeof explanationSchema>;
