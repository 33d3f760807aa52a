import {
  type ApiKey,
  apiKeyListSchema,
  apiKeySchema,
  type Caller,
  createKeyRequestSchema,
  errorAnswerSchema,
  keyIdParamsSchema,
  mayGrant,
  newApiKeySchema,
  rotateKeyRequestSchema,
  StreamflixError,
} from '@streamflix/contracts';
import type { ApiKeyRow } from '@streamflix/infra/database';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { isUuid } from '../jobs/cursor.ts';
import type { GatewayPorts } from '../ports.ts';
import type { Authenticator } from './authenticator.ts';

const refusals = { 400: errorAnswerSchema, 503: errorAnswerSchema };
const tags = ['keys'];
const text = (moment: Date | null): string | null => moment?.toISOString() ?? null;

const toApiKey = ({ sha256: _, previousSha256: __, ...row }: ApiKeyRow): ApiKey => ({
  ...row,
  expiresAt: text(row.expiresAt),
  previousUntil: text(row.previousUntil),
  lastUsedAt: text(row.lastUsedAt),
  createdAt: row.createdAt.toISOString(),
  revokedAt: text(row.revokedAt),
});

const unknownKey = () => new StreamflixError('NOT_FOUND', { message: 'There is no such key.' });

function assertMayGrant(caller: Caller, key: Pick<ApiKeyRow, 'role' | 'scopes'>): void {
  if (mayGrant(caller, key.role, key.scopes)) return;
  throw new StreamflixError('FORBIDDEN', { message: 'The key may do what the caller may not.' });
}

export const keyRoutes: FastifyPluginAsyncZod<{ ports: GatewayPorts; authenticator: Authenticator }> = async (
  app,
  { ports, authenticator },
) => {
  const { keys } = ports.identity;

  const find = async ({ tenantId }: Caller, keyId: string): Promise<ApiKeyRow> => {
    const row = isUuid(keyId) ? await keys.get(tenantId, keyId) : null;
    if (row === null) throw unknownKey();
    return row;
  };

  app.route({
    method: 'GET',
    url: '/keys',
    config: { permission: 'keys:read' },
    schema: { tags, summary: "The tenant's API keys, newest first", response: { 200: apiKeyListSchema, ...refusals } },
    handler: async ({ caller }) => ({ items: (await keys.list(caller.tenantId)).map(toApiKey) }),
  });

  app.route({
    method: 'POST',
    url: '/keys',
    config: { permission: 'keys:write', answersSecret: true, codes: ['CONFLICT'] },
    schema: {
      tags,
      summary: 'Make an API key',
      description: 'The answer has the key; it is told this once. A key can do no more than whoever makes it.',
      body: createKeyRequestSchema,
      response: { 201: newApiKeySchema, ...refusals },
    },
    handler: async ({ caller, body }, reply) => {
      assertMayGrant(caller, body);
      const expiresAt = body.expiresAt === null ? null : new Date(body.expiresAt);
      const { row, key } = await keys.create({ ...body, expiresAt, tenantId: caller.tenantId, createdBy: caller.name });
      reply.code(201).header('location', `/api/v1/keys/${row.id}`).header('cache-control', 'no-store');
      return { ...toApiKey(row), key };
    },
  });

  app.route({
    method: 'GET',
    url: '/keys/:keyId',
    config: { permission: 'keys:read' },
    schema: {
      tags,
      summary: 'One API key',
      params: keyIdParamsSchema,
      response: { 200: apiKeySchema, 404: errorAnswerSchema, ...refusals },
    },
    handler: async ({ caller, params }) => toApiKey(await find(caller, params.keyId)),
  });

  app.route({
    method: 'POST',
    url: '/keys/:keyId/rotate',
    config: { permission: 'keys:write', answersSecret: true, codes: ['CONFLICT'] },
    schema: {
      tags,
      summary: 'Give a key another secret',
      description: 'The key before stays good for the overlap, so that its users can change over one after the other.',
      params: keyIdParamsSchema,
      body: rotateKeyRequestSchema,
      response: { 200: newApiKeySchema, 404: errorAnswerSchema, 409: errorAnswerSchema, ...refusals },
    },
    handler: async ({ caller, params, body }, reply) => {
      const before = await find(caller, params.keyId);
      assertMayGrant(caller, before);
      const rotated = await keys.rotate(caller.tenantId, before.id, body?.overlapSeconds ?? 86_400);
      if (rotated === null) throw new StreamflixError('CONFLICT', { message: 'The key is revoked.' });
      authenticator.forget();
      reply.header('cache-control', 'no-store');
      return { ...toApiKey(rotated.row), key: rotated.key };
    },
  });

  app.route({
    method: 'DELETE',
    url: '/keys/:keyId',
    config: { permission: 'keys:write' },
    schema: {
      tags,
      summary: 'Revoke a key',
      description: 'At once here, within a second everywhere. Revoking it again is no fault.',
      params: keyIdParamsSchema,
      response: { 200: apiKeySchema, 404: errorAnswerSchema, ...refusals },
    },
    handler: async ({ caller, params }) => {
      const before = await find(caller, params.keyId);
      assertMayGrant(caller, before);
      const revoked = await keys.revoke(caller.tenantId, before.id);
      if (revoked === null) throw unknownKey();
      authenticator.forget();
      return toApiKey(revoked);
    },
  });
};
