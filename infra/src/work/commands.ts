import { sql } from 'drizzle-orm';
import type { Database, TaskRow } from '../database/index.ts';

export interface RanCommandRow {
  program: string;
  args: readonly string[];
  startedAt: Date;
  seconds: number;
  exit: string;
}

/** Writes down which programs ran for a task; nothing once the claim is not the current one. */
export async function recordCommands(
  database: Database,
  { task, worker }: { task: Pick<TaskRow, 'id' | 'epoch'>; worker: string },
  ran: readonly RanCommandRow[],
): Promise<void> {
  await database.query((db) =>
    db.execute(sql`
      insert into task_commands (job_id, task_id, epoch, worker, program, args, started_at, seconds, exit)
      select t.job_id, t.id, t.epoch, ${worker}, c.program, array(select jsonb_array_elements_text(c.args)), c."startedAt", c.seconds, c.exit
      from tasks t
      cross join jsonb_to_recordset(${JSON.stringify(ran)}::jsonb)
        c (program text, args jsonb, "startedAt" timestamptz, seconds real, exit text)
      where t.id = ${task.id} and t.epoch = ${task.epoch}`),
  );
}
