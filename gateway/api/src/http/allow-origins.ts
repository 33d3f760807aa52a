import fastifyCors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** Lets pages of these sites call the API. Callers name themselves in headers and never by a cookie, so no credentials are allowed. */
export async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await app.register(fastifyCors, {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      ...['Authorization', 'Content-Type', 'X-API-Key', 'X-Tenant-Id', 'Idempotency-Key'],
      ...['If-None-Match', 'Last-Event-ID', 'Traceparent'],
    ],
    exposedHeaders: ['ETag', 'Link', 'Location', 'Retry-After', 'RateLimit', 'RateLimit-Policy', 'X-Request-Id'],
    maxAge: 3_600,
    strictPreflight: false,
  });
}
