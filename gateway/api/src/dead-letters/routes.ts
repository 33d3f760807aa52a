import {
  type DeadLetterSelection,
  deadLetterDetailSchema,
  deadLetterGroupsSchema,
  deadLetterListSchema,
  deadLetterParamsSchema,
  errorAnswerSchema,
  listDeadLettersQuerySchema,
  parkDeadLettersAnswerSchema,
  parkDeadLettersRequestSchema,
  replayDeadLettersAnswerSchema,
  replayDeadLettersRequestSchema,
  StreamflixError,
} from '@streamflix/contracts';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isUuid } from '../jobs/cursor.ts';
import type { GatewayPorts } from '../ports.ts';
import { decodeCursor, encodeCursor } from './letter-cursor.ts';
import { toDeadLetter, toDeadLetterDetail, toGroup } from './letter-view.ts';

const refusals = { 400: errorAnswerSchema, 401: errorAnswerSchema, 503: errorAnswerSchema };
const tags = ['dead letters'];

const selectionOf = ({ ids, signature }: { ids?: string[] | undefined; signature?: string | undefined }): DeadLetterSelection =>
  signature === undefined ? { ids: ids ?? [] } : { signature };

export const deadLetterRoutes: FastifyPluginAsyncZod<{ ports: GatewayPorts }> = async (app, { ports }) => {
  const { letters } = ports;

  app.route({
    method: 'GET',
    url: '/dead-letters',
    config: { permission: 'dead-letters:read' },
    schema: {
      tags,
      summary: 'List dead letters, newest first, or count them by signature',
      description: "The tenant's own, and those whose bytes do not say whose they are.",
      querystring: listDeadLettersQuerySchema,
      response: { 200: z.union([deadLetterListSchema, deadLetterGroupsSchema]), ...refusals },
    },
    handler: async (request) => {
      const { tenantId } = request.caller;
      const { group, limit, cursor, ...filter } = request.query;
      if (group !== undefined) return { groups: (await letters.group(tenantId, filter)).map(toGroup) };
      // One more than asked tells whether there is a next page.
      const before = cursor === undefined ? undefined : decodeCursor(cursor);
      const rows = await letters.list(tenantId, { ...filter, limit: limit + 1, before });
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return { items: page.map(toDeadLetter), nextCursor: rows.length > limit && last !== undefined ? encodeCursor(last) : null };
    },
  });

  app.route({
    method: 'GET',
    url: '/dead-letters/:letterId',
    config: { permission: 'dead-letters:read' },
    schema: {
      tags,
      summary: 'One dead letter, with its bytes, headers and what they decode to',
      params: deadLetterParamsSchema,
      response: { 200: deadLetterDetailSchema, 404: errorAnswerSchema, ...refusals },
    },
    handler: async (request) => {
      const { letterId } = request.params;
      const letter = isUuid(letterId) ? await letters.find(request.caller.tenantId, letterId) : null;
      if (letter === null) throw new StreamflixError('NOT_FOUND', { message: 'There is no such dead letter.' });
      return toDeadLetterDetail(letters, letter);
    },
  });

  app.route({
    method: 'POST',
    url: '/dead-letters/replay',
    config: { permission: 'dead-letters:write' },
    schema: {
      tags,
      summary: 'Replay dead letters, by ids or all of a signature',
      description:
        'A dry run unless `dryRun` is false. Of a signature only new letters are taken; by their ids parked ones too. They are sent ' +
        'at the rate asked for, and each ends resolved, or parked when it fails again for the same reason.',
      body: replayDeadLettersRequestSchema,
      response: { 200: replayDeadLettersAnswerSchema, ...refusals },
    },
    handler: async (request) => {
      const { dryRun, perSecond } = request.body;
      const selection = selectionOf(request.body);
      const { actionId, ...counts } = dryRun
        ? { ...(await letters.preview(request.caller.tenantId, selection)), actionId: null }
        : await letters.replay(request.caller, selection, perSecond);
      return { dryRun, actionId, ...counts, durationSeconds: Math.max(0, counts.letters - 1) / perSecond };
    },
  });

  app.route({
    method: 'POST',
    url: '/dead-letters/park',
    config: { permission: 'dead-letters:write' },
    schema: {
      tags,
      summary: 'Take new dead letters out of the way of group replays',
      body: parkDeadLettersRequestSchema,
      response: { 200: parkDeadLettersAnswerSchema, ...refusals },
    },
    handler: (request) => letters.park(request.caller, selectionOf(request.body)),
  });
};
