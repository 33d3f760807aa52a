import { errorAnswerSchema, type RoutePermission } from '@streamflix/contracts';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What it asks of its caller. Every route says so. */
    permission?: RoutePermission;
  }
  interface FastifySchema {
    /** The same in the API document. */
    'x-permission'?: RoutePermission;
  }
}

/** Refuses to register a route that does not say what it asks of its caller, and puts into the API document what it says. */
export function requirePermissions(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const { method, url, schema = {} } = route;
    // A preflight of CORS carries nothing and is told nothing.
    if (method === 'OPTIONS') route.config = { ...route.config, permission: 'public' };
    const permission = route.config?.permission;
    if (permission === undefined) throw new Error(`${method} ${url} does not say what it asks of its caller`);
    route.schema = schema;
    schema['x-permission'] = permission;
    schema.security = permission === 'public' ? [] : [{ apiKey: [] }, { accessToken: [] }];
    if (permission === 'public') return;
    schema.response = { 401: errorAnswerSchema, 403: errorAnswerSchema, ...(schema.response as object) };
  });
}
