/** Bytes that all who share it may hold at once. Whoever waits is served in the order of coming. */
export class ByteBudget {
  readonly #totalBytes: number;
  #freeBytes: number;
  readonly #waiting: { bytes: number; admit(): void }[] = [];

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
    this.#freeBytes = totalBytes;
  }

  /** Takes the bytes unless there are too few or somebody waits for them. */
  tryTake(bytes: number): boolean {
    if (this.#waiting.length > 0 || bytes > this.#freeBytes) return false;
    this.#freeBytes -= bytes;
    return true;
  }

  /** Waits for the bytes; more than there are altogether means all of them. Gives what is to be given back. */
  async take(bytes: number): Promise<number> {
    const taken = Math.min(bytes, this.#totalBytes);
    if (!this.tryTake(taken)) await new Promise<void>((admit) => this.#waiting.push({ bytes: taken, admit }));
    return taken;
  }

  give(bytes: number): void {
    this.#freeBytes += bytes;
    for (let next = this.#waiting[0]; next !== undefined && next.bytes <= this.#freeBytes; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#freeBytes -= next.bytes;
      next.admit();
    }
  }
}
