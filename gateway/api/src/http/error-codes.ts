import { type ErrorCode, errorAnswerSchema, errorCatalogue, type RoutePermission } from '@streamflix/contracts';
import type { FastifyInstance, RouteOptions } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Errors of this route beside those that every route of its kind may answer with. */
    codes?: readonly ErrorCode[];
  }
  interface FastifySchema {
    /** The same in the API document, by status. */
    'x-error-codes'?: CodesByStatus;
  }
}

export type CodesByStatus = Record<string, ErrorCode[]>;

/** What a status means where a route says no more about it. */
const ordinary: readonly ErrorCode[] = [
  'VALIDATION_FAILED',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'CONFLICT',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'RATE_LIMITED',
  'INTERNAL_ERROR',
  'DATABASE_UNAVAILABLE',
];

const statusOf = (code: ErrorCode): number => errorCatalogue[code].status;
const allCodes = Object.keys(errorCatalogue) as ErrorCode[];

function codesOf(permission: RoutePermission | undefined, { method, config, schema }: RouteOptions): ErrorCode[] {
  const takesBody = schema?.body !== undefined || config?.form !== undefined;
  return [
    'VALIDATION_FAILED',
    ...(takesBody ? (['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const) : []),
    ...(permission === 'public' ? [] : (['UNAUTHENTICATED', 'FORBIDDEN', 'ISSUER_UNAVAILABLE'] as const)),
    ...(method === 'POST' ? (['IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_KEY_IN_USE'] as const) : []),
    ...(['HEADERS_TOO_LARGE', 'RATE_LIMITED', 'INTERNAL_ERROR', 'DATABASE_UNAVAILABLE'] as const),
    ...(config?.codes ?? []),
  ];
}

/** Every error a route may answer with: what its kind may, what it says itself, and the ordinary meaning of statuses it declares. */
export function codesByStatus(route: RouteOptions): CodesByStatus {
  const codes: CodesByStatus = {};
  for (const code of new Set(codesOf(route.config?.permission, route))) {
    codes[statusOf(code)] = [...(codes[statusOf(code)] ?? []), code];
  }
  const said = new Set((route.config?.codes ?? []).map(statusOf));
  for (const [status, schema] of Object.entries((route.schema?.response ?? {}) as Record<string, unknown>)) {
    if (schema !== errorAnswerSchema || said.has(Number(status))) continue;
    const ofStatus = allCodes.filter((code) => String(statusOf(code)) === status);
    const usual = ofStatus.filter((code) => ordinary.includes(code));
    codes[status] = [...new Set([...(codes[status] ?? []), ...(usual.length > 0 ? usual : ofStatus)])];
  }
  return codes;
}

/** Gives every route the errors it may answer with, in its schema and in the API document. */
export function declareErrors(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (route.schema?.hide === true) return;
    const codes = codesByStatus(route);
    const answers = Object.fromEntries(Object.keys(codes).map((status) => [status, errorAnswerSchema]));
    const declared = (route.schema?.response ?? {}) as Record<string, unknown>;
    route.schema = { ...route.schema, response: { ...answers, ...declared }, 'x-error-codes': codes };
  });
}
