import { availableParallelism, totalmem } from 'node:os';
import type { Config } from '../config/index.ts';
import { type MediaConfig, shareProcessors } from '../media/index.ts';

/** Tasks at once of a worker that mostly waits: one fills what the other leaves idle while it fetches, stores or works on one core. */
const usualSlots = 2;

/**
 * Tasks at once of a worker that encodes, where nobody says how many: one for each processor and one more, which keeps them busy while
 * another fetches, stores or encodes sound; but no more than there is memory for.
 */
export function encodeSlots(
  { work: { slots }, media: { slot } }: Pick<Config, 'work' | 'media'>,
  cpus = availableParallelism(),
  memoryBytes = Math.min(totalmem(), process.constrainedMemory() || Infinity),
): number {
  return slots ?? Math.max(usualSlots, Math.min(cpus + 1, Math.floor(memoryBytes / slot.memoryBytes)));
}

/** Tasks at once of any other worker. */
export const slotsOf = ({ work: { slots } }: Pick<Config, 'work'>): number => slots ?? usualSlots;

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
