import { type Column, is, SQL, sql } from 'drizzle-orm';

type Fields = Record<string, Column | SQL>;

/** Of how a row is told in JSON, the moments are text. */
export interface JsonRows<T> {
  /** The expression that makes one value of a row. */
  readonly value: SQL;
  toRow(told: unknown): T;
}

/**
 * Rows that PostgreSQL tells as one JSON value each. A driver takes rows apart column by column, which for wide ones that are read a
 * thousand times a second costs more than everything else about them.
 */
export function jsonRows<T>(fields: Fields): JsonRows<T> {
  const pairs = Object.entries(fields).map(([name, value]) => sql`${sql.raw(`'${name}'`)}, ${value}`);
  const moments = Object.entries(fields).flatMap(([name, value]) => (!is(value, SQL) && value.dataType === 'date' ? [name] : []));
  return {
    value: sql`json_build_object(${sql.join(pairs, sql`, `)})`,
    toRow(told) {
      const row = told as Record<string, unknown>;
      for (const name of moments) if (row[name] !== null) row[name] = new Date(String(row[name]));
      return row as T;
    },
  };
}
