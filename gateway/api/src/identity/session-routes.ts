import {
  changePasswordRequestSchema,
  errorAnswerSchema,
  loginRequestSchema,
  refreshRequestSchema,
  requestResetRequestSchema,
  StreamflixError,
  setPasswordRequestSchema,
  tokensSchema,
} from '@streamflix/contracts';
import type { UserRow } from '@streamflix/infra/database';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { auditPublic } from './audit-changes.ts';
import type { Authenticator } from './authenticator.ts';
import type { IdentityParts } from './identity-parts.ts';
import { checkPassword, logIn, loginLimits, tokensOf } from './log-in.ts';
import { mailReset } from './password-letters.ts';

const refusals = { 400: errorAnswerSchema, 503: errorAnswerSchema };
const guessed = { 401: errorAnswerSchema, 429: errorAnswerSchema, ...refusals };
const tags = ['sessions'];
const maxResets = 5;
const nothing = z.null();

export const sessionRoutes: FastifyPluginAsyncZod<{ parts: IdentityParts; authenticator: Authenticator }> = async (
  app,
  { parts, authenticator },
) => {
  const { identity, letters } = parts;
  const { users, sessions, attempts, audit } = identity;
  app.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'no-store'));

  const wroteDown = (request: FastifyRequest, user: UserRow, status: number): Promise<void> =>
    auditPublic(audit, request, { who: `user:${user.email}`, whoId: user.id, role: user.role, tenantId: user.tenantId, status });

  app.route({
    method: 'POST',
    url: '/auth/login',
    config: { permission: 'public', rate: 'guessable' },
    schema: { tags, summary: 'Log in', body: loginRequestSchema, response: { 200: tokensSchema, ...guessed } },
    handler: async (request) => {
      const { user, tokens } = await logIn(parts, { ...request.body, address: request.ip });
      await wroteDown(request, user, 200);
      return tokens;
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/refresh',
    config: { permission: 'public', rate: 'guessable' },
    schema: {
      tags,
      summary: 'The next access token of a session',
      description: 'A refresh token is good once. One that comes twice was stolen: the session ends for both.',
      body: refreshRequestSchema,
      response: { 200: tokensSchema, ...guessed },
    },
    handler: async ({ body }) => {
      const session = await sessions.refresh(body.refreshToken);
      if (session === null) {
        authenticator.forget();
        throw new StreamflixError('UNAUTHENTICATED', { message: 'The refresh token is not good.' });
      }
      return tokensOf(parts, session);
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/logout',
    config: { permission: 'user' },
    schema: { tags, summary: 'End the session', response: { 204: nothing, ...refusals } },
    handler: async ({ caller }, reply) => {
      if (caller.sessionId !== null) await sessions.revoke(caller.sessionId, 'logged out');
      authenticator.forget();
      return reply.code(204).send(null);
    },
  });

  app.route({
    method: 'PUT',
    url: '/auth/password',
    config: { permission: 'user', rate: 'guessable' },
    schema: {
      tags,
      summary: "Change one's password",
      description: 'Every other session of the user ends.',
      body: changePasswordRequestSchema,
      response: { 204: nothing, ...guessed },
    },
    handler: async ({ caller, body, ip: address }, reply) => {
      const user = await users.get(caller.id);
      if (user === null || caller.sessionId === null) throw new StreamflixError('UNAUTHENTICATED');
      await checkPassword(parts, { email: user.email, password: body.currentPassword, address });
      await users.setPassword(user.id, await parts.passwords.hash(body.newPassword), caller.sessionId);
      authenticator.forget();
      return reply.code(204).send(null);
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/password/reset',
    config: { permission: 'public', rate: 'guessable' },
    schema: {
      tags,
      summary: 'Have a mail sent that sets a new password',
      description: 'The answer is the same whether there is such a user or not.',
      body: requestResetRequestSchema,
      response: { 202: nothing, ...refusals },
    },
    handler: async ({ body, ip, log }, reply) => {
      const reset = async (): Promise<void> => {
        const byUser = await attempts.count(`reset:${body.email}`, loginLimits.windowSeconds);
        const byAddress = await attempts.count(`reset-from:${ip}`, loginLimits.windowSeconds);
        if (byUser.attempts > maxResets || byAddress.attempts > loginLimits.perAddress) return;
        const user = await users.findByEmail(body.email);
        if (user !== null && user.disabledAt === null) await mailReset(letters, user);
      };
      // Not waited for: its time would tell.
      reset().catch((error: unknown) => log.warn({ err: error }, 'a reset was not sent'));
      return reply.code(202).send(null);
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/password/set',
    config: { permission: 'public', rate: 'guessable' },
    schema: {
      tags,
      summary: 'Set a password with the token of an invitation or a reset',
      description: 'Every session of the user ends.',
      body: setPasswordRequestSchema,
      response: { 204: nothing, ...guessed },
    },
    handler: async (request, reply) => {
      const { token, newPassword } = request.body;
      const user = await users.setPasswordByToken(token, () => parts.passwords.hash(newPassword));
      if (user === null) throw new StreamflixError('UNAUTHENTICATED', { message: 'The token is not good any more.' });
      await attempts.clear(`user:${user.email}`);
      authenticator.forget();
      await wroteDown(request, user, 204);
      return reply.code(204).send(null);
    },
  });
};
