import type { Caller } from '@streamflix/contracts';
import { and, eq, gt, lt, sql } from 'drizzle-orm';
import { type Database, schema } from '../database/index.ts';
import { digestOf, newSecret } from './secrets.ts';

const { streamTickets: tickets } = schema;

/** What lets a browser open one stream: it cannot send headers with it, and a key does not belong into an address. */
export interface Tickets {
  issue(caller: Caller, goodForSeconds: number): Promise<string>;
  /** Whose it is; null for one that is not good or was used. */
  redeem(ticket: string): Promise<Caller | null>;
}

export const openTickets = (database: Database): Tickets => ({
  async issue(caller, goodForSeconds) {
    const ticket = newSecret();
    const expiresAt = sql`now() + make_interval(secs => ${goodForSeconds})`;
    await database.transaction(async (db) => {
      await db.delete(tickets).where(lt(tickets.expiresAt, sql`now()`));
      await db.insert(tickets).values({ sha256: digestOf(ticket), caller, expiresAt });
    });
    return ticket;
  },
  async redeem(ticket) {
    const [row] = await database.query((db) =>
      db
        .delete(tickets)
        .where(and(eq(tickets.sha256, digestOf(ticket)), gt(tickets.expiresAt, sql`now()`)))
        .returning({ caller: tickets.caller }),
    );
    return row?.caller ?? null;
  },
});
