import { customType, timestamp } from 'drizzle-orm/pg-core';

export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
export const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
export const madeAt = () => moment('created_at').notNull().defaultNow();
export const changedAt = () => moment('updated_at').notNull().defaultNow();
