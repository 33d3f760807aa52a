import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its bodies may take hours; only silence ends them. */
    takesLongBodies?: boolean;
  }
}

const shortBodyMs = 30_000;

/** Ends requests that dribble: a body that is not an upload has half a minute. Silence is ended by the connection's own limit. */
export function limitSlowBodies(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { raw } = request;
    // Silence while we take nothing is our own: many uploads wait for the store.
    raw.on('timeout', () => void (raw.isPaused() || raw.readableLength > 0 || raw.destroy()));
    if (request.routeOptions.config.takesLongBodies !== true && !raw.complete) {
      const timer = setTimeout(() => raw.complete || raw.destroy(), shortBodyMs);
      for (const event of ['end', 'close'] as const) raw.once(event, () => clearTimeout(timer));
    }
    done();
  });
}

/** Answers are data: no browser may run, frame or guess them. The documentation's page sets a policy of its own. */
export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer').header('x-frame-options', 'DENY');
    if (!reply.hasHeader('content-security-policy')) {
      reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
    }
  });
}
