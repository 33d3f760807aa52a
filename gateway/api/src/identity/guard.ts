import { type Caller, isTenantId, mayUse, StreamflixError, tenantMeant } from '@streamflix/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authenticator } from './authenticator.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A stream: who cannot send headers comes with a ticket. */
    takesTickets?: boolean;
  }
  interface FastifyRequest {
    /** Who asks. Throws UNAUTHENTICATED on a route that is open to everybody. */
    readonly caller: Caller;
  }
}

const callers = new WeakMap<FastifyRequest, Caller>();

/** Null where nobody had to say who they are. */
export const callerOf = (request: FastifyRequest): Caller | null => callers.get(request) ?? null;

const header = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};

/** The tenant in the header or the query. It is taken out of the query, whose schemas know nothing of it. */
function namedTenant(request: FastifyRequest): string | undefined {
  const { tenantId: asked, ...query } = request.query as Record<string, unknown>;
  request.query = query;
  const named = header(request, 'x-tenant-id') ?? asked;
  if (named === undefined) return undefined;
  if (typeof named === 'string' && isTenantId(named)) return named;
  throw new StreamflixError('VALIDATION_FAILED', { message: 'tenantId: is not the id of a tenant' });
}

/** The ticket in the query of a stream, which is then not asked for anything else. */
function ticketOf(request: FastifyRequest): string | undefined {
  if (request.routeOptions.config.takesTickets !== true) return undefined;
  const { ticket } = request.query as Record<string, unknown>;
  return typeof ticket === 'string' ? ticket : undefined;
}

async function authenticate(authenticator: Authenticator, request: FastifyRequest): Promise<Caller> {
  const ticket = ticketOf(request);
  const key = header(request, 'x-api-key');
  const token = /^Bearer (\S+)$/i.exec(header(request, 'authorization') ?? '')?.[1];
  const { ip: address } = request;
  const find = async (): Promise<Caller | null> => {
    if (key !== undefined) return authenticator.byKey(key, address);
    if (token !== undefined) return authenticator.byToken(token);
    return ticket === undefined ? null : authenticator.byTicket(ticket);
  };
  const caller = await find();
  if (caller === null) throw new StreamflixError('UNAUTHENTICATED');
  return caller;
}

/** Lets a request pass whose caller may use the route; from there on `request.caller` says who it is and which tenant is meant. */
export function guardRoutes(app: FastifyInstance, authenticator: Authenticator): void {
  app.decorateRequest('caller', {
    getter() {
      const caller = callers.get(this as FastifyRequest);
      if (caller === undefined) throw new StreamflixError('UNAUTHENTICATED');
      return caller;
    },
  });
  app.addHook('onRequest', async (request) => {
    const { permission } = request.routeOptions.config;
    if (permission === 'public') return;
    const caller = await authenticate(authenticator, request);
    if (permission === undefined || !mayUse(caller, permission)) {
      throw new StreamflixError('FORBIDDEN', { message: `This needs the permission ${permission}.`, details: { permission } });
    }
    const tenantId = tenantMeant(caller, namedTenant(request));
    if (tenantId === null) throw new StreamflixError('FORBIDDEN', { message: 'The caller belongs to another tenant.' });
    callers.set(request, { ...caller, tenantId });
  });
}
