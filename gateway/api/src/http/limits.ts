import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its bodies may take hours; only silence ends them. */
    takesLongBodies?: boolean;
  }
}

const shortBodyMs = 30_000;
const headersMs = 20_000;
/** Of one process; a client that opens more waits for the others. */
const maxConnections = 10_000;
const maxRequestsOfConnection = 10_000;

/** Against clients that open connections and say little over them. Node looks every few seconds whether a request is late. */
export function limitConnections(server: Server): void {
  server.headersTimeout = headersMs;
  // Bodies of uploads may take hours: limitSlowBodies ends the others.
  server.requestTimeout = 0;
  server.maxConnections = maxConnections;
  server.maxRequestsPerSocket = maxRequestsOfConnection;
}

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
export function addSecurityHeaders(app: FastifyInstance, { gatewayUrl }: { gatewayUrl: string }): void {
  const isSecure = new URL(gatewayUrl).protocol === 'https:';
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer').header('x-frame-options', 'DENY');
    if (isSecure) reply.header('strict-transport-security', 'max-age=31536000; includeSubDomains');
    if (!reply.hasHeader('cross-origin-resource-policy')) reply.header('cross-origin-resource-policy', 'same-origin');
    if (!reply.hasHeader('content-security-policy')) {
      reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
    }
  });
}
