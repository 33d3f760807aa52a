/** Codes that say that there is no language, or none alone. */
const noLanguage = new Set(['und', 'mis', 'mul', 'zxx']);

/** Gives the tracks of one kind names that are unique in the job and safe in a path: audio, audio-deu, audio-deu-2. */
export class TrackNames {
  readonly #kind: string;
  readonly #counts = new Map<string, number>();

  constructor(kind: string) {
    this.#kind = kind;
  }

  /** The name of the next track; its language is what an uploader wrote, and may be anything. */
  next(language: string | null): string {
    const code = language?.toLowerCase() ?? '';
    const base = /^[a-z]{2,3}$/.test(code) && !noLanguage.has(code) ? `${this.#kind}-${code}` : this.#kind;
    const count = (this.#counts.get(base) ?? 0) + 1;
    this.#counts.set(base, count);
    return count === 1 ? base : `${base}-${count}`;
  }
}
