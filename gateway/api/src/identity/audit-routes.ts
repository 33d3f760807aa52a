import { type AuditEntry, auditListSchema, auditQuerySchema, errorAnswerSchema } from '@streamflix/contracts';
import type { AuditRow } from '@streamflix/infra/database';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { GatewayPorts } from '../ports.ts';

const toEntry = (row: AuditRow): AuditEntry => ({ ...row, id: String(row.id), at: row.at.toISOString() });

export const auditRoutes: FastifyPluginAsyncZod<{ ports: GatewayPorts }> = async (app, { ports }) => {
  app.route({
    method: 'GET',
    url: '/audit',
    config: { permission: 'audit:read' },
    schema: {
      tags: ['audit'],
      summary: 'Who changed what, from where; newest first',
      querystring: auditQuerySchema,
      response: { 200: auditListSchema, 400: errorAnswerSchema, 503: errorAnswerSchema },
    },
    handler: async ({ query }) => {
      const { tenant: tenantId, who, action, since, limit, cursor } = query;
      const filter = { tenantId, who, action, since: since === undefined ? undefined : new Date(since) };
      const before = cursor === undefined ? undefined : Number(cursor);
      // One more than asked tells whether there is a next page.
      const rows = await ports.identity.audit.list({ ...filter, before, limit: limit + 1 });
      const page = rows.slice(0, limit);
      return { items: page.map(toEntry), nextCursor: rows.length > limit ? String(page.at(-1)?.id) : null };
    },
  });
};
