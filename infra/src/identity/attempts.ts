import { eq, lt, sql } from 'drizzle-orm';
import { type Database, schema } from '../database/index.ts';

const { loginAttempts } = schema;

export interface Attempts {
  /** Counts one more, before it is made: those at the same time are counted too. Tells how many there were in the window, and when it ends. */
  count(subject: string, windowSeconds: number): Promise<{ attempts: number; secondsLeft: number }>;
  clear(subject: string): Promise<void>;
}

export const openAttempts = (database: Database): Attempts => ({
  async count(subject, windowSeconds) {
    const { rows } = await database.query((db) =>
      db.execute<{ attempts: number; left: number }>(sql`
        insert into login_attempts as before (subject, attempts) values (${subject}, 1)
        on conflict (subject) do update set
          attempts = case when before.since < now() - make_interval(secs => ${windowSeconds}) then 1 else before.attempts + 1 end,
          since = case when before.since < now() - make_interval(secs => ${windowSeconds}) then now() else before.since end
        returning attempts, greatest(1, ceil(${windowSeconds} - extract(epoch from now() - since)))::int as left`),
    );
    const { attempts = 1, left = windowSeconds } = rows[0] ?? {};
    if (attempts === 1) {
      await database.query((db) => db.delete(loginAttempts).where(lt(loginAttempts.since, sql`now() - interval '1 day'`)));
    }
    return { attempts, secondsLeft: left };
  },
  clear: async (subject) =>
    void (await database.query((db) => db.delete(loginAttempts).where(eq(loginAttempts.subject, subject)))),
});
