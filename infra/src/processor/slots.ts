import { availableParallelism } from 'node:os';
import type { Config } from '../config/index.ts';
import { type MediaConfig, shareProcessors } from '../media/index.ts';

/** The places in which a worker runs tasks, each with its share of the machine. */
export class Slots {
  readonly #shares: MediaConfig[];
  readonly #free: number[];

  constructor(media: Config['media'], count: number, cpus = availableParallelism()) {
    const { threads, cpuLists } = shareProcessors(cpus, count);
    const { processors, ...rest } = media;
    this.#shares = cpuLists.map((cpuList) => ({
      ...rest,
      slot: { ...media.slot, threads: processors.threads ?? threads, cpuList: processors.affinity ? cpuList : null },
    }));
    this.#free = this.#shares.map((_, index) => index);
  }

  /** The lowest free place: what its programs may take, and how to give it back. */
  take(): { media: MediaConfig; release(): void } {
    const index = this.#free.shift();
    const media = index === undefined ? undefined : this.#shares[index];
    if (index === undefined || media === undefined) throw new Error('a task was claimed without a free slot');
    return {
      media,
      release: () => {
        this.#free.push(index);
        this.#free.sort((a, b) => a - b);
      },
    };
  }
}
