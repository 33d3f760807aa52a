import type { Database } from '@streamflix/infra/database';
import { type ChangesOf, type Place, type ReadChanges, readChanges, readPlace } from '@streamflix/infra/events';

/** The states that jobs came into. */
export interface ChangeReader {
  /** The place of whoever has seen everything until now. */
  place(of: ChangesOf): Promise<Place>;
  /** What came after a place; null when that is not known any more. */
  read(of: ChangesOf, from: Place): Promise<ReadChanges | null>;
}

const atOnce = 200;

export const openChangeReader = (database: Database): ChangeReader => ({
  place: (of) => readPlace(database, of),
  read: (of, from) => readChanges(database, of, from, atOnce),
});
