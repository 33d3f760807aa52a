import { StreamflixError } from '@streamflix/contracts';
import type { Database } from '../../database/index.ts';

/** The database as whoever works with it finds it: away while `isAway` says so. */
export function mayBeAway(database: Database, isAway: () => boolean): Database {
  const guard = <T>(run: () => Promise<T>): Promise<T> =>
    isAway() ? Promise.reject(new StreamflixError('DATABASE_UNAVAILABLE')) : run();
  return {
    ...database,
    query: (run) => guard(() => database.query(run)),
    transaction: (run) => guard(() => database.transaction(run)),
    check: () => guard(() => database.check()),
  };
}
