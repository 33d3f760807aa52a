import type { FastifyInstance } from 'fastify';
import { validationError } from './error-answers.ts';

/** Where in a value there is text that PostgreSQL cannot keep: a NUL, or half of a surrogate pair. Null where there is none. */
export function findUnstorable(value: unknown, path: readonly string[] = []): readonly string[] | null {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? path : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, inner] of Object.entries(value)) {
    const found = findUnstorable(name, path) ?? findUnstorable(inner, [...path, name]);
    if (found !== null) return found;
  }
  return null;
}

/** Throws VALIDATION_FAILED. */
export function assertStorable(value: unknown, place: string): void {
  const path = findUnstorable(value, [place]);
  if (path !== null) throw validationError([{ path: [...path], message: 'has characters that are not text' }]);
}

/** Refuses such text at the door, wherever it stands in a request. */
export function refuseUnstorable(app: FastifyInstance): void {
  app.addHook('preValidation', async ({ params, query, body }) => {
    for (const [place, value] of Object.entries({ params, query, body })) assertStorable(value, place);
  });
}
