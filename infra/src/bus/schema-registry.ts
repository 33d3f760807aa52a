import { COMPATIBILITY, SchemaRegistry as RegistryClient, SchemaType } from '@kafkajs/confluent-schema-registry';
import { eventSchemas, StreamflixError, type TopicName, topics } from '@streamflix/contracts';
import avsc from 'avsc';

const answerWithinMs = 3_000;
/** So long an id that the registry does not know is not asked for again; a message with it may come a thousand times. */
const missingForMs = 60_000;

const subjectOf = (topic: TopicName): string => `${topic}-value`;

const statusOf = (error: unknown): number | undefined =>
  typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number' ? error.status : undefined;

const unavailable = (cause: unknown): StreamflixError => new StreamflixError('REGISTRY_UNAVAILABLE', { cause });

const undecodable = (message: string, cause?: unknown): StreamflixError =>
  new StreamflixError('MESSAGE_UNDECODABLE', { message, cause });

/** The ids of our schemas and the schemas behind other writers' ids; both are asked for once. */
export class SchemaRegistry {
  readonly #url: string;
  readonly #client: RegistryClient;
  readonly #ownIds = new Map<TopicName, Promise<number>>();
  readonly #writers = new Map<number, Promise<avsc.Type>>();
  readonly #missingUntil = new Map<number, number>();

  constructor(url: string) {
    this.#url = url.replace(/\/$/, '');
    this.#client = new RegistryClient({
      host: this.#url,
      retry: { retries: 1, initialRetryTimeInSecs: 0.1, maxRetryTimeInSecs: 1 },
      // Without it a registry that hangs would hold a partition for as long as its connection lives.
      middlewares: [() => ({ request: async (request) => request.enhance({ timeout: answerWithinMs }) })],
    });
  }

  /** The id of our schema of the topic; registers it when the registry does not have it. Throws REGISTRY_UNAVAILABLE. */
  ownIdOf(topic: TopicName): Promise<number> {
    return remember(this.#ownIds, topic, () => this.register(topic));
  }

  /** The type behind a writer's id. Throws MESSAGE_UNDECODABLE when there is none, REGISTRY_UNAVAILABLE when nobody can say. */
  async writerTypeOf(id: number, { asksAgain = false } = {}): Promise<avsc.Type> {
    const missingUntil = this.#missingUntil.get(id) ?? 0;
    if (missingUntil > Date.now() && !asksAgain) throw undecodable(`the registry knows no schema ${id}`);
    this.#missingUntil.delete(id);
    return await remember(this.#writers, id, () => this.#fetchWriterType(id));
  }

  /** Registers our schema of the topic with its compatibility; doing it again changes nothing. */
  async register(topic: TopicName): Promise<number> {
    const subject = subjectOf(topic);
    const schema = JSON.stringify(eventSchemas[topics[topic].event]);
    try {
      await this.#request('PUT', `/config/${subject}`, { compatibility: COMPATIBILITY.FULL_TRANSITIVE });
      const options = { subject, compatibility: COMPATIBILITY.FULL_TRANSITIVE };
      return (await this.#client.register({ type: SchemaType.AVRO, schema }, options)).id;
    } catch (error) {
      throw statusOf(error) === 409
        ? new StreamflixError('INTERNAL_ERROR', {
            message: `${subject}: the registry holds an incompatible schema`,
            cause: error,
          })
        : unavailable(error);
    }
  }

  /** Throws REGISTRY_UNAVAILABLE. */
  async check(): Promise<void> {
    try {
      await this.#request('GET', '/subjects');
    } catch (error) {
      throw unavailable(error);
    }
  }

  async #fetchWriterType(id: number): Promise<avsc.Type> {
    const schema = await this.#client.getSchema(id).catch((error: unknown) => {
      const status = statusOf(error);
      if (status === 404) this.#missingUntil.set(id, Date.now() + missingForMs);
      // Without a status it is not the registry that failed: what it answered is no schema.
      throw status === undefined || status === 404
        ? undecodable(`the registry knows no schema ${id}`, error)
        : unavailable(error);
    });
    if (!avsc.Type.isType(schema)) throw undecodable(`schema ${id} is not Avro`);
    return schema as avsc.Type;
  }

  async #request(method: string, path: string, body?: object): Promise<void> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      signal: AbortSignal.timeout(answerWithinMs),
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: status ${response.status} ${answer.slice(0, 200)}`);
  }
}

/** Many who ask at once share one request; a failure is forgotten. */
function remember<K, V>(known: Map<K, Promise<V>>, key: K, fetchIt: () => Promise<V>): Promise<V> {
  const before = known.get(key);
  if (before !== undefined) return before;
  const asking = fetchIt();
  known.set(key, asking);
  asking.catch(() => known.delete(key));
  return asking;
}
