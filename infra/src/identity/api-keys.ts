import { randomBytes } from 'node:crypto';
import type { CreateKeyRequest } from '@streamflix/contracts';
import { and, desc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { type ApiKeyRow, type Database, schema } from '../database/index.ts';
import { digestOf, newSecret } from './secrets.ts';

const { apiKeys } = schema;

/** All keys begin with this, so that scanners of repositories find a leaked one. */
const keyMark = 'sfk_';

const newPrefix = (): string => keyMark + randomBytes(5).toString('hex');
const keyOf = (prefix: string): string => `${prefix}_${newSecret()}`;

export interface NewKey extends Omit<CreateKeyRequest, 'expiresAt'> {
  tenantId: string;
  expiresAt: Date | null;
  createdBy: string;
}

/** Keys of programs. The whole key is returned by `create` and `rotate` and by nothing else. */
export interface ApiKeys {
  create(key: NewKey): Promise<{ row: ApiKeyRow; key: string }>;
  /** The key that is good now, whatever its networks; null for anything else. */
  find(key: string): Promise<ApiKeyRow | null>;
  get(tenantId: string, id: string): Promise<ApiKeyRow | null>;
  /** Whether it is neither revoked nor expired. */
  isGood(id: string): Promise<boolean>;
  list(tenantId: string): Promise<ApiKeyRow[]>;
  /** Gives it another secret; the one before is good for as long as said. Null for a key that is revoked or not there. */
  rotate(tenantId: string, id: string, overlapSeconds: number): Promise<{ row: ApiKeyRow; key: string } | null>;
  /** Again is no fault; null for a key that is not there. */
  revoke(tenantId: string, id: string): Promise<ApiKeyRow | null>;
  /** Notes the use, at most once a minute. */
  touch(id: string, address: string): Promise<void>;
}

const isGoodNow = and(isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, sql`now()`)));

const oneOf = (tenantId: string, id: string) => and(eq(apiKeys.id, id), eq(apiKeys.tenantId, tenantId));

export function openApiKeys(database: Database): ApiKeys {
  const find = async (key: string): Promise<ApiKeyRow | null> => {
    // Spares the database what cannot be a key.
    if (!key.startsWith(keyMark) || key.length > 200) return null;
    const digest = digestOf(key);
    const rows = await database.query((db) =>
      db
        .select()
        .from(apiKeys)
        .where(
          and(
            or(eq(apiKeys.sha256, digest), and(eq(apiKeys.previousSha256, digest), gt(apiKeys.previousUntil, sql`now()`))),
            isGoodNow,
          ),
        ),
    );
    return rows[0] ?? null;
  };

  return {
    find,
    async create(fields) {
      const prefix = newPrefix();
      const key = keyOf(prefix);
      const [row] = await database.query((db) =>
        db
          .insert(apiKeys)
          .values({ ...fields, id: uuidv7(), prefix, sha256: digestOf(key) })
          .returning(),
      );
      if (row === undefined) throw new Error('an inserted key was not returned');
      return { row, key };
    },
    get: async (tenantId, id) => (await database.query((db) => db.select().from(apiKeys).where(oneOf(tenantId, id))))[0] ?? null,
    isGood: async (id) => {
      const rows = await database.query((db) =>
        db
          .select({ id: apiKeys.id })
          .from(apiKeys)
          .where(and(eq(apiKeys.id, id), isGoodNow)),
      );
      return rows.length === 1;
    },
    list: (tenantId) =>
      database.query((db) => db.select().from(apiKeys).where(eq(apiKeys.tenantId, tenantId)).orderBy(desc(apiKeys.createdAt))),
    rotate: (tenantId, id, overlapSeconds) =>
      database.transaction(async (db) => {
        const [before] = await db
          .select()
          .from(apiKeys)
          .where(and(oneOf(tenantId, id), isNull(apiKeys.revokedAt)))
          .for('update');
        if (before === undefined) return null;
        const key = keyOf(before.prefix);
        const [row] = await db
          .update(apiKeys)
          .set({
            sha256: digestOf(key),
            previousSha256: before.sha256,
            previousUntil: sql`now() + make_interval(secs => ${overlapSeconds})`,
          })
          .where(eq(apiKeys.id, id))
          .returning();
        return row === undefined ? null : { row, key };
      }),
    async revoke(tenantId, id) {
      const rows = await database.query((db) =>
        db
          .update(apiKeys)
          .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, now())` })
          .where(oneOf(tenantId, id))
          .returning(),
      );
      return rows[0] ?? null;
    },
    touch: async (id, address) =>
      void (await database.query((db) =>
        db
          .update(apiKeys)
          .set({ lastUsedAt: sql`now()`, lastUsedFrom: address })
          .where(
            and(eq(apiKeys.id, id), or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, sql`now() - interval '1 minute'`))),
          ),
      )),
  };
}
