import { and, eq, gt, isNull, lt, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { type Database, schema, type Transaction, type UserRow } from '../database/index.ts';
import { digestOf, newSecret } from './secrets.ts';

const { sessions, refreshTokens, users } = schema;

export interface OpenedSession {
  user: UserRow;
  sessionId: string;
  refreshToken: string;
}

/** Log-ins and their refresh tokens, of which each is good once. */
export interface Sessions {
  open(user: UserRow, goodForSeconds: number, address: string): Promise<OpenedSession>;
  /** The next token of the session. Null for one that is not good; one that was used before ends the session, for it was stolen. */
  refresh(refreshToken: string): Promise<OpenedSession | null>;
  /** Again is no fault. */
  revoke(sessionId: string, why: string): Promise<void>;
  /** The user of a session that is good now. */
  findUser(sessionId: string): Promise<UserRow | null>;
}

async function addToken(db: Transaction, sessionId: string): Promise<string> {
  const refreshToken = newSecret();
  await db.insert(refreshTokens).values({ sha256: digestOf(refreshToken), sessionId });
  return refreshToken;
}

const isGood = and(isNull(sessions.revokedAt), gt(sessions.expiresAt, sql`now()`), isNull(users.disabledAt));

export const openSessions = (database: Database): Sessions => ({
  open: (user, goodForSeconds, address) =>
    database.transaction(async (db) => {
      const sessionId = uuidv7();
      await db.delete(sessions).where(and(eq(sessions.userId, user.id), lt(sessions.expiresAt, sql`now()`)));
      const expiresAt = sql`now() + make_interval(secs => ${goodForSeconds})`;
      await db.insert(sessions).values({ id: sessionId, userId: user.id, expiresAt, address });
      await db.update(users).set({ lastLoginAt: sql`now()` }).where(eq(users.id, user.id));
      return { user, sessionId, refreshToken: await addToken(db, sessionId) };
    }),
  refresh: (given) =>
    database.transaction(async (db) => {
      const [found] = await db
        .select({ token: refreshTokens, session: sessions, user: users })
        .from(refreshTokens)
        .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(and(eq(refreshTokens.sha256, digestOf(given)), isGood))
        // Two who come with the same token come one after the other.
        .for('update');
      if (found === undefined) return null;
      const { token, session, user } = found;
      if (token.usedAt !== null) {
        const why = 'a refresh token was used twice';
        await db.update(sessions).set({ revokedAt: sql`now()`, why }).where(eq(sessions.id, session.id));
        return null;
      }
      await db.update(refreshTokens).set({ usedAt: sql`now()` }).where(eq(refreshTokens.sha256, token.sha256));
      return { user, sessionId: session.id, refreshToken: await addToken(db, session.id) };
    }),
  revoke: async (sessionId, why) =>
    void (await database.query((db) =>
      db
        .update(sessions)
        .set({ revokedAt: sql`now()`, why })
        .where(and(eq(sessions.id, sessionId), isNull(sessions.revokedAt))),
    )),
  findUser: async (sessionId) => {
    const rows = await database.query((db) =>
      db
        .select({ user: users })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(and(eq(sessions.id, sessionId), isGood)),
    );
    return rows[0]?.user ?? null;
  },
});
