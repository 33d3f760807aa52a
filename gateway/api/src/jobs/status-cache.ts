import type { Cache } from '@streamflix/infra/cache';
import type { StatusAnswer } from './read-job.ts';

/** What is known of a job is told again for so long at most, whether or not an event says that it changed. */
const keptMs = 1_000;
/** The oldest go first: bodies are large. */
const maxEntries = 2_000;

interface Entry {
  answer: StatusAnswer;
  /** When the database began to be asked for it, in milliseconds since the epoch. */
  readAt: number;
}

/** A line of when and the tag, then the body as it is: JSON within JSON is written twice. */
const written = ({ readAt, answer: { etag, body } }: Entry): string => `${readAt} ${etag}\n${body}`;

function readEntry(text: string): Entry {
  const [space, lineEnd] = [text.indexOf(' '), text.indexOf('\n')];
  const answer = { etag: text.slice(space + 1, lineEnd), body: text.slice(lineEnd + 1) };
  return { readAt: Number(text.slice(0, space)), answer };
}

type Load = () => Promise<StatusAnswer | null>;

/** Answers about jobs. Whoever asks has been let in for that tenant before. */
export interface Statuses {
  read(tenantId: string, jobId: string, load: Load): Promise<StatusAnswer | null>;
  /** The job changed. */
  forget(tenantId: string, jobId: string): void;
}

/** The tenant is part of the key: a job is found only by whom it belongs to. */
const keyOf = (tenantId: string, jobId: string): string => `answer:${tenantId}/${jobId}`;

/** In the memory of this process, and between processes in Redis. */
export class StatusCache implements Statuses {
  readonly #shared: Pick<Cache, 'get' | 'set' | 'forget'>;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #loading = new Map<string, Promise<StatusAnswer | null>>();

  constructor(shared: Pick<Cache, 'get' | 'set' | 'forget'>, now: () => number = Date.now) {
    this.#shared = shared;
    this.#now = now;
  }

  async read(tenantId: string, jobId: string, load: Load): Promise<StatusAnswer | null> {
    const key = keyOf(tenantId, jobId);
    const known = this.#entries.get(key);
    if (known !== undefined && this.#isFresh(known)) return known.answer;
    const loading = this.#loading.get(key) ?? this.#begin(key, load);
    return loading;
  }

  forget(tenantId: string, jobId: string): void {
    const key = keyOf(tenantId, jobId);
    this.#entries.delete(key);
    // What is being read may be of before the change: whoever waits for it asked before, too, and it is not kept.
    this.#loading.delete(key);
    void this.#shared.forget(key);
  }

  #isFresh({ readAt }: Entry): boolean {
    const age = this.#now() - readAt;
    return age >= 0 && age < keptMs;
  }

  #begin(key: string, load: Load): Promise<StatusAnswer | null> {
    const loading: Promise<StatusAnswer | null> = this.#fetch(key, load, () => this.#loading.get(key) === loading).finally(() => {
      if (this.#loading.get(key) === loading) this.#loading.delete(key);
    });
    this.#loading.set(key, loading);
    return loading;
  }

  async #fetch(key: string, load: Load, isStillTrue: () => boolean): Promise<StatusAnswer | null> {
    const shared = await this.#readShared(key);
    if (shared !== null) {
      if (isStillTrue()) this.#keep(key, shared);
      return shared.answer;
    }
    const readAt = this.#now();
    const answer = await load();
    if (answer === null || !isStillTrue()) return answer;
    const entry = { answer, readAt };
    this.#keep(key, entry);
    const leftMs = keptMs - (this.#now() - readAt);
    if (leftMs > 0) void this.#shared.set(key, written(entry), leftMs);
    return answer;
  }

  async #readShared(key: string): Promise<Entry | null> {
    const found = await this.#shared.get(key);
    if (found === 'unavailable' || found.value === null) return null;
    const entry = readEntry(found.value);
    // By the clocks of two machines: one that is ahead must not make it last longer.
    return this.#isFresh(entry) ? entry : null;
  }

  #keep(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const [oldest, { readAt }] of this.#entries) {
      if (this.#entries.size <= maxEntries && this.#now() - readAt < keptMs) break;
      this.#entries.delete(oldest);
    }
  }
}

/** Everything is read anew. */
export const noStatusCache: Statuses = { read: (_tenantId, _jobId, load) => load(), forget: () => undefined };
