import { type JobSort, jobSorts, type SortOrder, StreamflixError, sortOrders } from '@streamflix/contracts';
import type { ListPlace } from '@streamflix/infra/database';
import { z } from 'zod';

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (value: string): boolean => uuidPattern.test(value);

/** Microseconds since 1970, up to where numbers are exact. */
const micros = z.int().min(0).max(9e15);
const placeSchema = z.union([
  z.tuple([z.enum(['createdAt', 'updatedAt']), z.enum(sortOrders), micros, z.uuid()]),
  z.tuple([z.enum(jobSorts).extract(['priority']), z.enum(sortOrders), z.int().min(1).max(10), micros, z.uuid()]),
]);

/** Opaque to the caller: where in the list the last page ended. It grants nothing, so nobody has to sign it. */
export const encodeCursor = (sort: JobSort, order: SortOrder, { values, id }: ListPlace): string =>
  Buffer.from(JSON.stringify([sort, order, ...values, id])).toString('base64url');

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
};

/** Throws VALIDATION_FAILED for what no list of this sort and order gave. */
export function decodeCursor(cursor: string, sort: JobSort, order: SortOrder): ListPlace {
  const place = placeSchema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()));
  if (!place.success || place.data[0] !== sort || place.data[1] !== order) {
    throw new StreamflixError('VALIDATION_FAILED', { message: 'The cursor is not one that a list of this sort and order gave.' });
  }
  const values = place.data.slice(2, -1).map(Number);
  return { values, id: String(place.data.at(-1)) };
}
