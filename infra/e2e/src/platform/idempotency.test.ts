import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleClip } from '../support/clips.ts';
import { selectRows } from '../support/database.ts';
import { requireEnv } from '../support/environment.ts';
import { call, uploadForm } from '../support/gateway-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

let platform: RunningPlatform;
beforeAll(async () => {
  platform = await startPlatform('idempotency', { names: ['gateway'] });
});
afterAll(() => platform.stop());

/** Any number: whoever holds it keeps answers from leaving. */
const lock = 471_100;

/** Keeps the gateway from its last step before an answer leaves: how the change ended is written into the audit log. */
async function holdAnswers(): Promise<{ release(): Promise<void> }> {
  const client = new pg.Client({ connectionString: requireEnv('DATABASE_URL') });
  await client.connect();
  await client.query(`select pg_advisory_lock(${lock});
    create function hold_answers() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(${lock}); return new; end $$;
    create trigger hold_answers before update on audit_log for each row execute function hold_answers()`);
  return {
    async release() {
      await client.query(`select pg_advisory_unlock(${lock})`);
      await client.query('drop trigger hold_answers on audit_log; drop function hold_answers()');
      await client.end();
    },
  };
}

test('after SIGKILL of a gateway between the commit and the answer the repetition gets the first answer, and there is one job', async () => {
  const filename = `${newVideoId('killed')}.mp4`;
  const clip = await sampleClip('tiny');
  const headers = { 'idempotency-key': randomUUID() };
  const upload = () => call('POST', '/jobs/upload', { body: uploadForm(clip, { filename }), headers });
  const answers = await holdAnswers();
  const first = upload().then(
    () => 'answered',
    () => 'broken off',
  );
  const [kept] = await waitFor('the answer that is kept', async () => {
    const rows = await selectRows<{ body: string }>('select body from idempotency_keys where key = $1 and status = 202', [
      headers['idempotency-key'],
    ]);
    return rows.length === 1 ? rows : undefined;
  });
  const pid = platform.pidOf('gateway');
  if (pid === undefined) throw new Error('the gateway does not run');
  process.kill(pid, 'SIGKILL');
  expect(await first).toBe('broken off');
  await answers.release();
  const again = await waitFor('the gateway that was started again', upload);
  expect([again.status, again.body]).toEqual([202, JSON.parse(kept?.body ?? '')]);
  expect(await selectRows('select id from jobs where filename = $1', [filename])).toEqual([{ id: again.body.id }]);
});
