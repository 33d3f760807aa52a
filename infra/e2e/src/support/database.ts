import pg from 'pg';
import { requireEnv } from './environment.ts';

/** Plain SQL against the platform's database: what an auditor would see. */
export async function selectRows<T extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
  const client = new pg.Client({ connectionString: requireEnv('DATABASE_URL') });
  await client.connect();
  try {
    return (await client.query<T>(text, values)).rows;
  } finally {
    await client.end();
  }
}
