import type { FastifyInstance } from 'fastify';
import { callerOf } from '../identity/guard.ts';
import type { GatewayPorts } from '../ports.ts';
import { readMethods } from './read-methods.ts';

/** After a change its caller reads what they wrote: a kept answer about the job is dropped, and a replica that lacks the change is not asked. */
export function noteWrites(app: FastifyInstance, { statuses, noteWrite }: Pick<GatewayPorts, 'statuses' | 'noteWrite'>): void {
  app.addHook('onSend', async (request) => {
    const caller = callerOf(request);
    if (caller === null || readMethods.has(request.method)) return;
    const { jobId } = (request.params ?? {}) as { jobId?: string };
    if (jobId !== undefined) statuses.forget(caller.tenantId, jobId);
    await noteWrite(caller.tenantId).catch((error: unknown) =>
      request.log.warn({ err: error }, 'a change is not noted; a replica may be asked that lacks it'),
    );
  });
}
