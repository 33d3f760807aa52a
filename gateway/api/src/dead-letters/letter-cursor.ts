import { StreamflixError } from '@streamflix/contracts';
import { isUuid } from '../jobs/cursor.ts';

export interface Position {
  createdAt: Date;
  id: string;
}

/** Opaque to the caller: where in the list the last page ended. */
export const encodeCursor = ({ createdAt, id }: Position): string =>
  Buffer.from(`${createdAt.toISOString()} ${id}`).toString('base64url');

export function decodeCursor(cursor: string): Position {
  const [moment = '', id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const createdAt = new Date(moment);
  if (Number.isNaN(createdAt.getTime()) || !isUuid(id)) {
    throw new StreamflixError('VALIDATION_FAILED', { message: 'The cursor is not one that a list gave.' });
  }
  return { createdAt, id };
}
