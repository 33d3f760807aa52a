import {
  type Caller,
  changeUserRequestSchema,
  errorAnswerSchema,
  invitedUserSchema,
  inviteUserRequestSchema,
  mayGrant,
  type Role,
  StreamflixError,
  type User,
  userIdParamsSchema,
  userListSchema,
  userSchema,
} from '@streamflix/contracts';
import type { UserRow } from '@streamflix/infra/database';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { isUuid } from '../jobs/cursor.ts';
import type { Authenticator } from './authenticator.ts';
import type { IdentityParts } from './identity-parts.ts';
import { invite } from './password-letters.ts';

const refusals = { 400: errorAnswerSchema, 503: errorAnswerSchema };
const ofOne = { 404: errorAnswerSchema, ...refusals };
const tags = ['users'];

const statusOf = ({ disabledAt, passwordHash }: UserRow): User['status'] =>
  disabledAt !== null ? 'disabled' : passwordHash === null ? 'invited' : 'active';

function toUser(row: UserRow): User {
  const { id, email, name, tenantId, role, createdAt, lastLoginAt } = row;
  const moments = { createdAt: createdAt.toISOString(), lastLoginAt: lastLoginAt?.toISOString() ?? null };
  return { id, email, name, tenantId, role, status: statusOf(row), ...moments };
}

function assertMayGrant(caller: Caller, role: Role): void {
  if (!mayGrant(caller, role, null))
    throw new StreamflixError('FORBIDDEN', { message: 'The user may do what the caller may not.' });
}

export const userRoutes: FastifyPluginAsyncZod<{ parts: IdentityParts; authenticator: Authenticator }> = async (
  app,
  { parts, authenticator },
) => {
  const { users } = parts.identity;

  const find = async (userId: string): Promise<UserRow> => {
    const row = isUuid(userId) ? await users.get(userId) : null;
    if (row === null) throw new StreamflixError('NOT_FOUND', { message: 'There is no such user.' });
    return row;
  };

  app.route({
    method: 'GET',
    url: '/users',
    config: { permission: 'users:read' },
    schema: { tags, summary: 'All users, by e-mail', response: { 200: userListSchema, ...refusals } },
    handler: async () => ({ items: (await users.list()).map(toUser) }),
  });

  app.route({
    method: 'POST',
    url: '/users',
    config: { permission: 'users:write' },
    schema: {
      tags,
      summary: 'Invite a user',
      description: 'By mail; where none can be sent, the answer has the token, to be handed over by other means.',
      body: inviteUserRequestSchema,
      response: { 201: invitedUserSchema, 409: errorAnswerSchema, ...refusals },
    },
    handler: async ({ caller, body }, reply) => {
      assertMayGrant(caller, body.role);
      const user = await users.create({ ...body, tenantId: body.tenantId ?? caller.tenantId });
      if (user === null) throw new StreamflixError('CONFLICT', { message: 'There is a user with this address.' });
      reply.code(201).header('location', `/api/v1/users/${user.id}`).header('cache-control', 'no-store');
      return { ...toUser(user), ...(await invite(parts.letters, user)) };
    },
  });

  app.route({
    method: 'GET',
    url: '/users/:userId',
    config: { permission: 'users:read' },
    schema: { tags, summary: 'One user', params: userIdParamsSchema, response: { 200: userSchema, ...ofOne } },
    handler: async ({ params }) => toUser(await find(params.userId)),
  });

  app.route({
    method: 'PATCH',
    url: '/users/:userId',
    config: { permission: 'users:write' },
    schema: {
      tags,
      summary: 'Change, disable or enable a user',
      description: 'It holds at once here and within a second everywhere, for sessions that are open too.',
      params: userIdParamsSchema,
      body: changeUserRequestSchema,
      response: { 200: userSchema, ...ofOne },
    },
    handler: async ({ caller, params, body }) => {
      const before = await find(params.userId);
      assertMayGrant(caller, before.role);
      assertMayGrant(caller, body.role ?? before.role);
      const user = await users.change(before.id, body);
      authenticator.forget();
      return toUser(user ?? (await find(params.userId)));
    },
  });

  app.route({
    method: 'POST',
    url: '/users/:userId/invitation',
    config: { permission: 'users:write' },
    schema: {
      tags,
      summary: 'Invite a user once more, or let one set a new password',
      params: userIdParamsSchema,
      response: { 200: invitedUserSchema, ...ofOne },
    },
    handler: async ({ caller, params }, reply) => {
      const user = await find(params.userId);
      assertMayGrant(caller, user.role);
      reply.header('cache-control', 'no-store');
      return { ...toUser(user), ...(await invite(parts.letters, user)) };
    },
  });
};
