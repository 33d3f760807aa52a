import { z } from 'zod';
import { jobSchema, progressEventSchema } from './job-answers.ts';
import { jobStates } from './job-requests.ts';

/** What a stream may be asked for besides its path. */
export const watchQuerySchema = z.strictObject({
  lastEventId: z
    .string()
    .max(10_000)
    .optional()
    .meta({ description: 'Go on after this event, as the header `Last-Event-ID` says; for those who cannot set it.' }),
  ticket: z.string().max(100).optional().meta({ description: 'Of POST /tickets, instead of a key or a token.' }),
});

export const socketQuerySchema = watchQuerySchema.extend({
  jobId: z.string().max(100).optional().meta({ description: "Watch this job; all of the tenant's when absent." }),
});

export const stateEventSchema = z
  .object({
    jobId: z.string(),
    videoId: z.string(),
    from: z.enum(jobStates).nullable().meta({ description: 'Null for a new job.' }),
    state: z.enum(jobStates),
    attempt: z.int().meta({ description: 'One more for each retry of the ended job.' }),
    at: z.iso.datetime(),
  })
  .meta({ id: 'StateEvent', description: 'A job came into a state. Each is told once, in the order of the job.' });

/** Of a tenant's stream: whose progress it is. */
export const tenantProgressEventSchema = progressEventSchema
  .extend({ jobId: z.string(), videoId: z.string() })
  .meta({ id: 'TenantProgressEvent' });

const id = z.string().meta({ description: 'Where to go on after this message.' });
const nothing = z.object({});

/** The messages of both kinds of streams; over a WebSocket each is a JSON text of this shape. */
export const streamMessageSchema = z
  .discriminatedUnion('event', [
    z.object({ event: z.literal('ready'), id, data: nothing }),
    z.object({ event: z.literal('reset'), id, data: nothing }),
    z.object({ event: z.literal('place'), id }),
    z.object({ event: z.literal('state'), id, data: stateEventSchema }),
    z.object({ event: z.literal('job'), id: id.optional(), data: jobSchema }),
    z.object({ event: z.literal('progress'), data: z.union([tenantProgressEventSchema, progressEventSchema]) }),
    z.object({ event: z.literal('end'), id, data: jobSchema }),
  ])
  .meta({ id: 'StreamMessage' });

export const ticketSchema = z
  .object({
    ticket: z.string().meta({ description: 'Opens one stream, once: `?ticket=` of its address.' }),
    expiresIn: z.int().meta({ description: 'Seconds in which it must be used.' }),
  })
  .meta({ id: 'Ticket' });

export type ApiStateEvent = z.output<typeof stateEventSchema>;
export type ApiTenantProgressEvent = z.output<typeof tenantProgressEventSchema>;
export type StreamMessage = z.output<typeof streamMessageSchema>;
