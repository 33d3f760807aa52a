export interface EncodeProgress {
  frame: number;
  outTimeSeconds: number;
  /** Times as fast as playing. */
  speed: number | null;
}

/** Reads the `key=value` blocks of `-progress`. Feed it lines; it answers with a progress at the end of each block. */
export class ProgressReader {
  #frame = 0;
  #outTimeSeconds = 0;
  #speed: number | null = null;
  #moved = false;

  /** Whether this line shows more done than before: only that keeps a watchdog quiet. */
  readonly isProgress = (line: string): boolean => {
    const [key, value = ''] = line.split('=');
    const amount = Number(value);
    if (!Number.isFinite(amount)) return false;
    if (key === 'frame') return this.#raise(amount > this.#frame, () => (this.#frame = amount));
    // out_time_ms is in microseconds too, an old mistake that stayed; values before the first packet are N/A.
    if (key === 'out_time_us') {
      const outTimeSeconds = amount / 1e6;
      return this.#raise(outTimeSeconds > this.#outTimeSeconds, () => (this.#outTimeSeconds = outTimeSeconds));
    }
    return false;
  };

  read(line: string): EncodeProgress | null {
    const [key, value = ''] = line.split('=');
    if (key === 'speed') this.#speed = Number.parseFloat(value) || null;
    if (key !== 'progress' || !this.#moved) return null;
    return { frame: this.#frame, outTimeSeconds: this.#outTimeSeconds, speed: this.#speed };
  }

  #raise(higher: boolean, keep: () => void): boolean {
    if (!higher) return false;
    keep();
    this.#moved = true;
    return true;
  }
}
