import { z } from 'zod';
import { type DeadLetterState, deadLetterStateMeanings } from '../lifecycle/dead-letter-state.ts';

const moment = z.iso.datetime({ offset: true });
const states = Object.keys(deadLetterStateMeanings) as DeadLetterState[];
const kinds = ['event', 'task'] as const;
const signatureSchema = z.string().regex(/^[0-9a-f]{16}$/, 'must be 16 hexadecimal digits');

export const deadLetterSchema = z
  .object({
    id: z.string(),
    kind: z.enum(kinds).meta({ description: 'event: a message that could not be handled. task: a task that was given up.' }),
    state: z.enum(states),
    code: z.string().meta({ description: 'Stable code from the error catalogue.' }),
    message: z.string(),
    signature: z.string().meta({ description: 'The same for the same fault.' }),
    attempts: z.int(),
    replays: z.int(),
    tenantId: z.string().nullable().meta({ description: 'Null where the bytes do not say.' }),
    videoId: z.string().nullable(),
    jobId: z.string().nullable(),
    eventId: z.string().nullable(),
    taskId: z.string().nullable(),
    pool: z.string().nullable(),
    origin: z
      .object({ topic: z.string(), partition: z.int(), offset: z.string(), group: z.string(), publishedAt: moment })
      .nullable()
      .meta({ description: 'Where the message lies in its own topic, and the consumer group that failed.' }),
    firstSeenAt: moment,
    lastSeenAt: moment,
    createdAt: moment,
  })
  .meta({ id: 'DeadLetter' });

const bytesSchema = z.object({
  sizeBytes: z.int(),
  hex: z.string().meta({ description: 'At most the first 4,096 bytes.' }),
  text: z.string().nullable().meta({ description: 'The same bytes, where they are UTF-8.' }),
});

export const deadLetterDetailSchema = deadLetterSchema
  .extend({
    content: z
      .object({
        key: bytesSchema.nullable(),
        value: bytesSchema.nullable(),
        headers: z.array(z.object({ name: z.string(), value: bytesSchema })),
        event: z
          .record(z.string(), z.unknown())
          .nullable()
          .meta({ description: 'The decoded value, where that is possible now.' }),
        undecodable: z.string().nullable().meta({ description: 'Why it is not decoded.' }),
      })
      .nullable()
      .meta({ description: 'Of an event.' }),
  })
  .meta({ id: 'DeadLetterDetail' });

export const deadLetterListSchema = z
  .object({ items: z.array(deadLetterSchema), nextCursor: z.string().nullable() })
  .meta({ id: 'DeadLetterList' });

export const deadLetterGroupsSchema = z
  .object({
    groups: z.array(
      z.object({
        signature: z.string(),
        code: z.string(),
        message: z.string().meta({ description: 'Of one of them.' }),
        from: z.array(z.string()).meta({ description: 'Topics and pools.' }),
        total: z.int(),
        states: z.partialRecord(z.enum(states), z.int()),
        firstSeenAt: moment,
        lastSeenAt: moment,
      }),
    ),
  })
  .meta({ id: 'DeadLetterGroups', description: 'The newest 200, largest first.' });

/** GET /api/v1/dead-letters */
export const listDeadLettersQuerySchema = z.strictObject({
  kind: z.enum(kinds).optional(),
  state: z.enum(states).optional(),
  topic: z.string().max(100).optional(),
  signature: signatureSchema.optional(),
  group: z.literal('signature').optional().meta({ description: 'Counts by signature instead of letters.' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional().meta({ description: '`nextCursor` of the page before.' }),
});

const selection = { ids: z.array(z.uuid()).min(1).max(1000).optional(), signature: signatureSchema.optional() };
const isOneSelection = ({ ids, signature }: { ids?: unknown; signature?: unknown }): boolean =>
  (ids === undefined) !== (signature === undefined);
const oneSelection = 'give either ids or a signature';

/** POST /api/v1/dead-letters/replay */
export const replayDeadLettersRequestSchema = z
  .strictObject({
    ...selection,
    dryRun: z.boolean().default(true).meta({ description: 'Only says what would happen.' }),
    perSecond: z.number().min(0.1).max(1000).default(10),
  })
  .refine(isOneSelection, oneSelection)
  .meta({ oneOf: [{ required: ['ids'] }, { required: ['signature'] }], id: 'ReplayDeadLettersRequest' });

/** POST /api/v1/dead-letters/park */
export const parkDeadLettersRequestSchema = z
  .strictObject(selection)
  .refine(isOneSelection, oneSelection)
  .meta({ oneOf: [{ required: ['ids'] }, { required: ['signature'] }], id: 'ParkDeadLettersRequest' });

const passedOverSchema = z
  .partialRecord(z.enum(states), z.int())
  .meta({ description: 'Letters of the selection that were left as they are, by state.' });

export const replayDeadLettersAnswerSchema = z
  .object({
    dryRun: z.boolean(),
    letters: z.int().meta({ description: 'So many are replayed, or would be.' }),
    passedOver: passedOverSchema,
    durationSeconds: z.number().meta({ description: 'From the first to the last, at the rate asked for.' }),
    actionId: z.string().nullable().meta({ description: 'Under which the replay is on record; null for a dry run.' }),
  })
  .meta({ id: 'ReplayDeadLettersAnswer' });

export const parkDeadLettersAnswerSchema = z
  .object({ letters: z.int(), passedOver: passedOverSchema })
  .meta({ id: 'ParkDeadLettersAnswer' });

export const deadLetterParamsSchema = z.strictObject({ letterId: z.string().max(100) });

export type ApiDeadLetter = z.output<typeof deadLetterSchema>;
export type ApiDeadLetterDetail = z.output<typeof deadLetterDetailSchema>;
export type ApiDeadLetterList = z.output<typeof deadLetterListSchema>;
export type ApiDeadLetterGroups = z.output<typeof deadLetterGroupsSchema>;
export type ListDeadLettersQuery = z.output<typeof listDeadLettersQuerySchema>;
export type ReplayDeadLettersRequest = z.input<typeof replayDeadLettersRequestSchema>;
export type ReplayDeadLettersAnswer = z.output<typeof replayDeadLettersAnswerSchema>;
export type ParkDeadLettersAnswer = z.output<typeof parkDeadLettersAnswerSchema>;
