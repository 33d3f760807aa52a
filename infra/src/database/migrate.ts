import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';

const migrationsDir = join(import.meta.dirname, 'migrations');
/** Any fixed number: whoever holds it migrates, the others wait. */
const migrationLock = 7_305_112;

/** Applies the migrations that are missing, each in a transaction, under a lock, in the order of their names. Returns their names. */
export async function migrate(pool: pg.Pool): Promise<string[]> {
  const client = await pool.connect();
  const applied: string[] = [];
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    await client.query(
      'create table if not exists schema_migrations (name text primary key, applied_at timestamptz not null default now())',
    );
    const { rows } = await client.query<{ name: string }>('select name from schema_migrations');
    const known = new Set(rows.map(({ name }) => name));
    const missing = readdirSync(migrationsDir)
      .filter((name) => name.endsWith('.sql') && !known.has(name))
      .sort();
    for (const name of missing) {
      await client.query('begin');
      try {
        await client.query(readFileSync(join(migrationsDir, name), 'utf8'));
        await client.query('insert into schema_migrations (name) values ($1)', [name]);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        throw error;
      }
      applied.push(name);
    }
    return applied;
  } finally {
    // Closing the connection gives the lock back even when the last query broke it.
    client.release(true);
  }
}
