import type { Role } from '@streamflix/contracts';
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { type Database, schema, type UserRow } from '../database/index.ts';
import { digestOf, newSecret } from './secrets.ts';

const { users, passwordTokens, sessions } = schema;

export interface NewUser {
  email: string;
  name: string;
  role: Role;
  tenantId: string;
}

export interface UserChanges {
  name?: string | undefined;
  role?: Role | undefined;
  tenantId?: string | undefined;
  disabled?: boolean | undefined;
}

export interface Users {
  list(): Promise<UserRow[]>;
  get(id: string): Promise<UserRow | null>;
  findByEmail(email: string): Promise<UserRow | null>;
  /** Null when the address is taken. */
  create(user: NewUser): Promise<UserRow | null>;
  change(id: string, changes: UserChanges): Promise<UserRow | null>;
  /** A token that sets the password, once. Those given before for the same purpose are void. */
  issueToken(userId: string, purpose: 'invitation' | 'reset', goodForSeconds: number): Promise<string>;
  /** Sets the password by a token and ends every session. Null for a token that is not good. */
  setPasswordByToken(token: string, makeHash: () => Promise<string>): Promise<UserRow | null>;
  /** Sets the password and ends every session but one. */
  setPassword(id: string, passwordHash: string, keptSessionId: string): Promise<void>;
}

export function openUsers(database: Database): Users {
  const first = <T>(rows: T[]): T | null => rows[0] ?? null;
  return {
    list: () => database.query((db) => db.select().from(users).orderBy(asc(users.email))),
    get: async (id) => first(await database.query((db) => db.select().from(users).where(eq(users.id, id)))),
    findByEmail: async (email) => first(await database.query((db) => db.select().from(users).where(eq(users.email, email)))),
    create: async (user) =>
      first(
        await database.query((db) =>
          db
            .insert(users)
            .values({ ...user, id: uuidv7() })
            .onConflictDoNothing({ target: users.email })
            .returning(),
        ),
      ),
    change: async (id, { disabled, ...changes }) => {
      const disabledAt =
        disabled === undefined ? {} : { disabledAt: disabled ? sql`coalesce(${users.disabledAt}, now())` : null };
      const set = { ...(changes as Partial<NewUser>), ...disabledAt, id };
      return first(await database.query((db) => db.update(users).set(set).where(eq(users.id, id)).returning()));
    },
    issueToken: (userId, purpose, goodForSeconds) =>
      database.transaction(async (db) => {
        const token = newSecret();
        await db.delete(passwordTokens).where(and(eq(passwordTokens.userId, userId), eq(passwordTokens.purpose, purpose)));
        const expiresAt = sql`now() + make_interval(secs => ${goodForSeconds})`;
        await db.insert(passwordTokens).values({ sha256: digestOf(token), userId, purpose, expiresAt });
        return token;
      }),
    setPasswordByToken: (token, makeHash) =>
      database.transaction(async (db) => {
        const used = await db
          .delete(passwordTokens)
          .where(and(eq(passwordTokens.sha256, digestOf(token)), gt(passwordTokens.expiresAt, sql`now()`)))
          .returning();
        const userId = used[0]?.userId;
        if (userId === undefined) return null;
        await db.delete(passwordTokens).where(eq(passwordTokens.userId, userId));
        await db
          .update(sessions)
          .set({ revokedAt: sql`now()`, why: 'the password was set anew' })
          .where(and(eq(sessions.userId, userId), sql`${sessions.revokedAt} is null`));
        return first(
          await db
            .update(users)
            .set({ passwordHash: await makeHash() })
            .where(eq(users.id, userId))
            .returning(),
        );
      }),
    setPassword: (id, passwordHash, keptSessionId) =>
      database.transaction(async (db) => {
        await db.update(users).set({ passwordHash }).where(eq(users.id, id));
        await db.delete(passwordTokens).where(eq(passwordTokens.userId, id));
        await db
          .update(sessions)
          .set({ revokedAt: sql`now()`, why: 'the password was changed' })
          .where(and(eq(sessions.userId, id), sql`${sessions.revokedAt} is null and ${sessions.id} <> ${keptSessionId}`));
      }),
  };
}
