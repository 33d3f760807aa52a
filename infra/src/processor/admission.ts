import type { Pool } from '@streamflix/contracts';
import type { Circuits, Dependency } from './circuits.ts';
import type { Presence } from './presence.ts';
import type { Resources } from './resources.ts';

/** What tasks of each pool cannot do without. Not Kafka: what they have to tell waits in the outbox. */
const needs: Record<Pool, readonly Dependency[]> = {
  ingest: ['database', 'store'],
  probe: ['database', 'store'],
  encode: ['database', 'store'],
  package: ['database', 'store'],
  notify: ['database'],
};

export interface Verdict {
  /** Why nothing is to be claimed now; empty when something may be. */
  reasons: string[];
  onProbation: boolean;
}

/** Decides before each claim whether this worker should take on anything at all. */
export class Admission {
  readonly #needed: readonly Dependency[];
  readonly #presence: Presence;
  readonly #circuits: Circuits;
  readonly #resources: Resources;
  #local: string[] = [];

  constructor({
    pool,
    presence,
    circuits,
    resources,
  }: {
    pool: Pool;
    presence: Presence;
    circuits: Circuits;
    resources: Resources;
  }) {
    this.#needed = needs[pool];
    this.#presence = presence;
    this.#circuits = circuits;
    this.#resources = resources;
  }

  async ask(): Promise<Verdict> {
    const away = this.#circuits.reasons(this.#needed);
    if (away.length > 0) return { reasons: away, onProbation: false };
    const { quarantine, onProbation } = await this.#presence.refresh();
    const short = await this.#resources.reasons();
    this.#local = quarantine === null ? short : [`quarantined: ${quarantine.why}`, ...short];
    return { reasons: this.#local, onProbation };
  }

  /** What the last question was answered with, but for servers that are away: those are told for the whole process. */
  reasons(): string[] {
    return this.#local;
  }
}
