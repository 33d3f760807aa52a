import { and, desc, eq, gte, lt, type SQL } from 'drizzle-orm';
import { type AuditRow, type Database, schema } from '../database/index.ts';

const { auditLog } = schema;

export type AuditEntry = Omit<AuditRow, 'id' | 'at' | 'status'> & { status?: number };

export interface AuditFilter {
  tenantId?: string | undefined;
  who?: string | undefined;
  action?: string | undefined;
  since?: Date | undefined;
  /** The last entry of the page before. */
  before?: number | undefined;
  limit: number;
}

export interface AuditLog {
  /** Before the change is made: if the process dies in between, the entry stays without a status. */
  begin(entry: AuditEntry): Promise<number>;
  end(id: number, status: number): Promise<void>;
  /** Newest first. */
  list(filter: AuditFilter): Promise<AuditRow[]>;
}

export const openAuditLog = (database: Database): AuditLog => ({
  async begin(entry) {
    const [row] = await database.query((db) => db.insert(auditLog).values(entry).returning({ id: auditLog.id }));
    if (row === undefined) throw new Error('an inserted entry was not returned');
    return row.id;
  },
  end: async (id, status) => void (await database.query((db) => db.update(auditLog).set({ status }).where(eq(auditLog.id, id)))),
  list({ tenantId, who, action, since, before, limit }) {
    const wanted: (SQL | undefined)[] = [
      tenantId === undefined ? undefined : eq(auditLog.tenantId, tenantId),
      who === undefined ? undefined : eq(auditLog.who, who),
      action === undefined ? undefined : eq(auditLog.action, action),
      since && gte(auditLog.at, since),
      before === undefined ? undefined : lt(auditLog.id, before),
    ];
    return database.query((db) =>
      db
        .select()
        .from(auditLog)
        .where(and(...wanted))
        .orderBy(desc(auditLog.id))
        .limit(limit),
    );
  },
});
