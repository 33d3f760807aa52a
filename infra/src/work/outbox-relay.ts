import type { TopicName } from '@streamflix/contracts';
import { inArray, type SQL, sql } from 'drizzle-orm';
import type { Bus, OutgoingMessage } from '../bus/index.ts';
import { type Database, type OutboxRow, schema } from '../database/index.ts';
import type { Logger } from '../telemetry/index.ts';

const { outbox } = schema;

/** A row that never left is looked for after this time: long enough for the process that wrote it to send it itself. */
export const forgottenAfterMs = 2_000;

const toMessage = ({ eventId, topic, key, value, headers }: OutboxRow): OutgoingMessage => ({
  id: eventId,
  topic: topic as TopicName,
  key,
  value,
  headers,
});

/**
 * Takes committed events to Kafka. An acknowledgement only notes that a row was sent; the row is finished when its event was
 * read back from the topic (`confirmEvents`), because the client was seen to lose acknowledged messages when a broker died.
 */
export class OutboxRelay {
  readonly #database: Database;
  readonly #bus: Pick<Bus, 'publish'>;
  readonly #logger: Logger;
  readonly #sending = new Set<Promise<void>>();

  constructor({ database, bus, logger }: { database: Database; bus: Pick<Bus, 'publish'>; logger: Logger }) {
    this.#database = database;
    this.#bus = bus;
    this.#logger = logger;
  }

  /** Sends rows that were just committed. Returns at once and never throws: what fails here is found by `sendForgotten`. */
  send(rows: OutboxRow[]): void {
    if (rows.length === 0) return;
    const sending = this.#publish(rows).catch((error: unknown) => {
      this.#logger.warn({ err: error, events: rows.length }, 'could not relay events now; the sweep will');
    });
    this.#sending.add(sending);
    void sending.then(() => this.#sending.delete(sending));
  }

  /**
   * Takes rows that a crash or an outage left: never sent, or sent `resendMs` ago and not read back since. Another process may
   * do the same at once; rows are shared out by their locks. Returns how many were sent.
   */
  async sendForgotten({ resendMs, limit }: { resendMs: number; limit: number }): Promise<number> {
    const rows = await this.#database.query((db) =>
      db
        .update(outbox)
        .set({ sentAt: sql`now()` })
        .where(
          inArray(
            outbox.sequence,
            sql`(select sequence from outbox where confirmed_at is null and (
                   (sent_at is null and created_at < now() - make_interval(secs => ${forgottenAfterMs / 1000}))
                   or sent_at < now() - make_interval(secs => ${resendMs / 1000}))
                 order by sequence limit ${limit} for update skip locked)`,
          ),
        )
        .returning(),
    );
    await this.#publish(rows.sort((a, b) => a.sequence - b.sequence));
    return rows.length;
  }

  /** Waits for what `send` began. */
  async drain(): Promise<void> {
    await Promise.all(this.#sending);
  }

  async #publish(rows: OutboxRow[]): Promise<void> {
    if (rows.length === 0) return;
    const results = await this.#bus.publish(rows.map(toMessage));
    const sent = results.filter(({ error }) => error === undefined);
    const failed = results.filter(({ error }) => error?.class === 'dependency');
    const refused = results.filter(({ error }) => error !== undefined && error.class !== 'dependency');
    if (sent.length > 0) {
      await this.#note(sent, { sentAt: sql`now()`, sends: sql`${outbox.sends} + 1` });
    }
    if (refused.length > 0) {
      this.#logger.error({ err: refused[0]?.error, ids: refused.map(({ id }) => id) }, 'Kafka will never take these events');
      // Tried again only with what was sent and lost: they must not stand before the others every time.
      await this.#note(refused, { sentAt: sql`now()` });
    }
    if (failed.length > 0) {
      this.#logger.warn(
        { err: failed[0]?.error, events: failed.length },
        'events were not taken by Kafka; they stay in the outbox',
      );
      await this.#note(failed, { sentAt: null });
    }
  }

  async #note(results: { id: string }[], changes: { sentAt: SQL | null; sends?: SQL }): Promise<void> {
    const ids = results.map(({ id }) => id);
    await this.#database.query((db) => db.update(outbox).set(changes).where(inArray(outbox.eventId, ids)));
  }
}

/** Finishes the rows whose events were read back from their topics. */
export async function confirmEvents(database: Database, eventIds: string[]): Promise<void> {
  if (eventIds.length === 0) return;
  await database.query((db) =>
    db
      .update(outbox)
      .set({ confirmedAt: sql`now()` })
      .where(sql`${inArray(outbox.eventId, eventIds)} and ${outbox.confirmedAt} is null`),
  );
}
