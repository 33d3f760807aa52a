import { StreamflixError } from '@streamflix/contracts';
import type { Admin, Kafka } from 'kafkajs';
import type { Logger } from '../telemetry/index.ts';
import { withDeadline } from './deadline.ts';
import { ReplaceableClient } from './replaceable-client.ts';

/** The connection for questions about the cluster. */
export class AdminConnection {
  readonly #client: ReplaceableClient<Admin>;

  constructor(kafka: Kafka, logger: Logger) {
    this.#client = new ReplaceableClient(() => kafka.admin({ retry: { initialRetryTime: 100, retries: 2 } }), logger);
  }

  /** Throws BUS_UNAVAILABLE when it fails or takes too long. */
  async ask<T>(question: (admin: Admin) => Promise<T>, timeoutMs = 5_000): Promise<T> {
    const tooLate = (): Error => new Error(`no answer within ${timeoutMs} ms`);
    try {
      return await withDeadline(this.#client.use(question), timeoutMs, tooLate);
    } catch (error) {
      throw new StreamflixError('BUS_UNAVAILABLE', { cause: error });
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
