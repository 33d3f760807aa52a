import {
  changeTenantRequestSchema,
  createTenantRequestSchema,
  errorAnswerSchema,
  StreamflixError,
  type Tenant,
  tenantListSchema,
  tenantParamsSchema,
  tenantSchema,
} from '@streamflix/contracts';
import type { TenantRow } from '@streamflix/infra/database';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { GatewayPorts } from '../ports.ts';
import type { Authenticator } from './authenticator.ts';

const refusals = { 400: errorAnswerSchema, 503: errorAnswerSchema };
const ofOne = { 404: errorAnswerSchema, ...refusals };
const tags = ['tenants'];

const toTenant = ({ createdAt, ...row }: TenantRow): Tenant => ({ ...row, createdAt: createdAt.toISOString() });

function found(row: TenantRow | null): TenantRow {
  if (row === null) throw new StreamflixError('NOT_FOUND', { message: 'There is no such tenant.' });
  return row;
}

export const tenantRoutes: FastifyPluginAsyncZod<{ ports: GatewayPorts; authenticator: Authenticator }> = async (
  app,
  { ports, authenticator },
) => {
  const { tenants } = ports.identity;

  app.route({
    method: 'GET',
    url: '/tenants',
    config: { permission: 'tenants:read' },
    schema: {
      tags,
      summary: 'The tenants to whom something of their own is granted',
      description: 'What the configuration says for everybody holds for the others.',
      response: { 200: tenantListSchema, ...refusals },
    },
    handler: async () => ({ items: (await tenants.list()).map(toTenant) }),
  });

  app.route({
    method: 'POST',
    url: '/tenants',
    config: { permission: 'tenants:write' },
    schema: {
      tags,
      summary: 'Make a tenant',
      body: createTenantRequestSchema,
      response: { 201: tenantSchema, 409: errorAnswerSchema, ...refusals },
    },
    handler: async ({ body: { id, ...fields } }, reply) => {
      const row = await tenants.create(id, fields);
      if (row === null) throw new StreamflixError('CONFLICT', { message: 'There is such a tenant already.' });
      authenticator.forget();
      reply.code(201).header('location', `/api/v1/tenants/${id}`);
      return toTenant(row);
    },
  });

  app.route({
    method: 'GET',
    url: '/tenants/:tenantId',
    config: { permission: 'tenants:read' },
    schema: { tags, summary: 'One tenant', params: tenantParamsSchema, response: { 200: tenantSchema, ...ofOne } },
    handler: async ({ params }) => toTenant(found(await tenants.get(params.tenantId))),
  });

  app.route({
    method: 'PATCH',
    url: '/tenants/:tenantId',
    config: { permission: 'tenants:write' },
    schema: {
      tags,
      summary: 'Change what a tenant is granted, or suspend it',
      params: tenantParamsSchema,
      body: changeTenantRequestSchema,
      response: { 200: tenantSchema, ...ofOne },
    },
    handler: async ({ params, body }) => {
      const row = found(await tenants.change(params.tenantId, body));
      authenticator.forget();
      return toTenant(row);
    },
  });

  app.route({
    method: 'DELETE',
    url: '/tenants/:tenantId',
    config: { permission: 'tenants:write' },
    schema: {
      tags,
      summary: 'Delete a tenant that has no jobs, users and keys',
      params: tenantParamsSchema,
      response: { 204: z.null(), 409: errorAnswerSchema, ...ofOne },
    },
    handler: async ({ params }, reply) => {
      const answer = await tenants.remove(params.tenantId);
      if (answer === 'not-found') found(null);
      if (answer === 'in-use') throw new StreamflixError('CONFLICT', { message: 'The tenant has jobs, users or keys.' });
      authenticator.forget();
      return reply.code(204).send(null);
    },
  });
};
