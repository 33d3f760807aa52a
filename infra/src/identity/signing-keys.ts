import { desc, gt, sql } from 'drizzle-orm';
import { type Database, schema } from '../database/index.ts';

const { signingKeys } = schema;

export type SigningKeyRow = typeof signingKeys.$inferSelect;
export type NewSigningKey = Pick<SigningKeyRow, 'kid' | 'publicJwk' | 'privateKey'>;

/** Any fixed number: whoever holds it may add a key. */
const rotationLock = 7_305_113;

export interface SigningKeys {
  /** Newest first; without those that can have signed nothing that is still good. */
  list(youngerThanSeconds: number): Promise<SigningKeyRow[]>;
  /** Adds a key unless `isFresh` says of the newest that it does; of many who ask at a time one adds. */
  ensure(isFresh: (newest: SigningKeyRow) => boolean, make: () => Promise<NewSigningKey>): Promise<void>;
}

export const openSigningKeys = (database: Database): SigningKeys => ({
  list: (youngerThanSeconds) =>
    database.query((db) =>
      db
        .select()
        .from(signingKeys)
        .where(gt(signingKeys.createdAt, sql`now() - make_interval(secs => ${youngerThanSeconds})`))
        .orderBy(desc(signingKeys.createdAt)),
    ),
  ensure: (isFresh, make) =>
    database.transaction(async (db) => {
      await db.execute(sql`select pg_advisory_xact_lock(${rotationLock})`);
      const [newest] = await db.select().from(signingKeys).orderBy(desc(signingKeys.createdAt)).limit(1);
      if (newest === undefined || !isFresh(newest)) await db.insert(signingKeys).values(await make());
    }),
});
