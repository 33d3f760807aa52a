import type { AuditEntry, AuditLog } from '@streamflix/infra/identity';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readMethods } from '../http/read-methods.ts';
import { callerOf } from './guard.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the audit log calls a request that is more than its method and route say; null: what they say. */
    auditAs?: (request: Pick<FastifyRequest, 'query'>) => string | null;
  }
}

const entries = new WeakMap<FastifyRequest, number>();

const targetOf = (request: FastifyRequest): string | null =>
  Object.values((request.params ?? {}) as Record<string, string>)
    .join(' ')
    .slice(0, 200) || null;

/** What somebody did who is known only now: logged in, or set a password. */
export async function auditPublic(
  audit: Pick<AuditLog, 'begin'>,
  { id: requestId, ip: address, method, routeOptions }: FastifyRequest,
  who: Pick<AuditEntry, 'who' | 'whoId' | 'role' | 'tenantId'> & { status: number },
): Promise<void> {
  await audit.begin({ ...who, requestId, address, action: `${method} ${routeOptions.url}`, target: null });
}

/** Writes down every change before it is made, and after it how it ended. Bodies are not kept: they may carry secrets. */
export function auditChanges(app: FastifyInstance, audit: Pick<AuditLog, 'begin' | 'end'>): void {
  app.addHook('preHandler', async (request) => {
    const caller = callerOf(request);
    if (caller === null || readMethods.has(request.method)) return;
    const { name: who, id: whoId, role, tenantId } = caller;
    const { url, config } = request.routeOptions;
    const action = config.auditAs?.(request) ?? `${request.method} ${url}`;
    const { id: requestId, ip: address } = request;
    entries.set(
      request,
      await audit.begin({ requestId, who, whoId, role, tenantId, address, action, target: targetOf(request) }),
    );
  });
  // Before the answer leaves: whoever has it finds its entry whole.
  app.addHook('onSend', async (request, reply) => {
    const entry = entries.get(request);
    if (entry === undefined) return;
    await audit
      .end(entry, reply.statusCode)
      .catch((error: unknown) => request.log.warn({ err: error, entry }, 'how a change ended is not in the audit log'));
  });
}
