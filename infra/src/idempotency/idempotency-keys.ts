import { randomUUID } from 'node:crypto';
import { StreamflixError } from '@streamflix/contracts';
import { and, eq, isNull, lt, sql } from 'drizzle-orm';
import { type Database, schema, type Transaction } from '../database/index.ts';

const { idempotencyKeys: keys } = schema;

export const answerKeptSeconds = 24 * 3600;
/** A request that died without a word blocks its repetition for no longer than this. */
const heldSeconds = 10;

/** Whose key, and for what. */
export interface KeyScope {
  tenantId: string;
  caller: string;
  /** Method and path. */
  route: string;
  key: string;
}

export interface KeptAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | null;
}

export type Opening =
  | { kind: 'opened'; holder: string }
  | { kind: 'running'; fingerprint: string | null }
  | { kind: 'answered'; fingerprint: string | null; answer: KeptAnswer };

/** An answer on its way into the table. */
export interface Keeping {
  scope: KeyScope;
  holder: string;
  fingerprint: string;
  answer: KeptAnswer;
}

export interface IdempotencyKeys {
  /** Takes the key unless another request has it or had it. The fingerprint is null where it is known only later. */
  open(scope: KeyScope, fingerprint: string | null): Promise<Opening>;
  /** Goes on holding it. */
  renew(scope: KeyScope, holder: string): Promise<void>;
  /** Keeps an answer by itself. Throws IDEMPOTENCY_KEY_IN_USE when another request has taken the key over. */
  keep(keeping: Keeping): Promise<void>;
  /** Lets a repetition begin anew; an answer that was kept stays. */
  release(scope: KeyScope, holder: string): Promise<void>;
}

const rowOf = ({ tenantId, caller, route, key }: KeyScope) =>
  and(eq(keys.tenantId, tenantId), eq(keys.caller, caller), eq(keys.route, route), eq(keys.key, key));

const heldBy = (scope: KeyScope, holder: string) => and(rowOf(scope), eq(keys.holder, holder), isNull(keys.status));

const holding = sql`now() + make_interval(secs => ${heldSeconds})`;

/** Nobody has it any more: it was answered long ago, or its request died. */
const isFree = sql`
  ${keys.status} is not null and ${keys.since} < now() - make_interval(secs => ${answerKeptSeconds})
  or ${keys.status} is null and ${keys.heldUntil} < now()`;

/**
 * Keeps an answer in the transaction that does what was asked for. Throws IDEMPOTENCY_KEY_IN_USE when another request has taken the key over: then
 * nothing may be done.
 */
export async function keepAnswer(db: Transaction, { scope, holder, fingerprint, answer }: Keeping): Promise<void> {
  const kept = await db
    .update(keys)
    .set({ ...answer, fingerprint, since: sql`now()` })
    .where(heldBy(scope, holder))
    .returning({ key: keys.key });
  if (kept.length === 0)
    throw new StreamflixError('IDEMPOTENCY_KEY_IN_USE', { message: 'Another request has taken over the key.' });
}

export function openIdempotencyKeys(database: Database): IdempotencyKeys {
  const of = ({ tenantId }: KeyScope): Database => database.forTenant(tenantId);

  async function tryToOpen(scope: KeyScope, fingerprint: string | null): Promise<Opening | null> {
    const holder = randomUUID();
    const taken = { fingerprint, holder, heldUntil: holding, since: sql`now()` };
    const opened = await of(scope).query((db) =>
      db
        .insert(keys)
        .values({ ...scope, ...taken })
        .onConflictDoUpdate({
          target: [keys.tenantId, keys.caller, keys.route, keys.key],
          set: { ...taken, status: null, headers: null, body: null },
          setWhere: isFree,
        })
        .returning({ holder: keys.holder }),
    );
    if (opened.length === 1) return { kind: 'opened', holder };
    const [row] = await of(scope).query((db) => db.select().from(keys).where(rowOf(scope)));
    if (row === undefined) return null;
    const { status, headers, body } = row;
    return status === null
      ? { kind: 'running', fingerprint: row.fingerprint }
      : { kind: 'answered', fingerprint: row.fingerprint, answer: { status, headers: headers ?? {}, body } };
  }

  return {
    async open(scope, fingerprint) {
      for (;;) {
        // Released between the two statements: then it is ours.
        const opening = await tryToOpen(scope, fingerprint);
        if (opening !== null) return opening;
      }
    },
    renew: async (scope, holder) =>
      void (await of(scope).query((db) => db.update(keys).set({ heldUntil: holding }).where(heldBy(scope, holder)))),
    keep: (keeping) => of(keeping.scope).transaction((db) => keepAnswer(db, keeping)),
    release: async (scope, holder) => void (await of(scope).query((db) => db.delete(keys).where(heldBy(scope, holder)))),
  };
}

/** Forgets answers that are not given any more. */
export async function forgetAnswers(database: Database): Promise<void> {
  await database.query((db) =>
    db
      .delete(keys)
      .where(and(lt(keys.since, sql`now() - make_interval(secs => ${answerKeptSeconds})`), lt(keys.heldUntil, sql`now()`))),
  );
}
