import { statfs } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { copiesOnDisk, StreamflixError } from '@streamflix/contracts';
import type { Config } from '../config/index.ts';
import type { JobRow, TaskRow } from '../database/index.ts';
import { gauge } from '../telemetry/index.ts';

export interface Supplies {
  freeDiskBytes: number;
  freeMemoryBytes: number;
  loadPerCpu: number;
}

export type SupplyLimits = Pick<Config['work'], 'minFreeDiskBytes' | 'minFreeMemoryBytes' | 'maxLoadPerCpu'>;

const resources = ['disk', 'memory', 'cpu'] as const;
type Resource = (typeof resources)[number];

const gibibytes = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

/** What there is too little of for another task, and how little. `reservedBytes` of the disk are promised to tasks that run. */
export function shortagesOf(supplies: Supplies, limits: SupplyLimits, reservedBytes: number): Map<Resource, string> {
  const disk = supplies.freeDiskBytes - reservedBytes;
  const short = new Map<Resource, string>();
  if (disk < limits.minFreeDiskBytes) short.set('disk', `${gibibytes(disk)} of disk beyond what running tasks need`);
  if (supplies.freeMemoryBytes < limits.minFreeMemoryBytes)
    short.set('memory', `${gibibytes(supplies.freeMemoryBytes)} of memory`);
  if (limits.maxLoadPerCpu !== undefined && supplies.loadPerCpu > limits.maxLoadPerCpu)
    short.set('cpu', `a load of ${supplies.loadPerCpu.toFixed(1)} a CPU`);
  return short;
}

/** What a task may take of the disk while it runs. */
export const reservationOf = (
  { pool, spec }: Pick<TaskRow, 'pool' | 'spec'>,
  { sizeBytes }: Pick<JobRow, 'sizeBytes'>,
): number => (pool === 'notify' || pool === 'ingest' ? 0 : copiesOnDisk * (spec.piece?.sizeBytes ?? sizeBytes ?? 0));

async function readSupplies(workDir: string): Promise<Supplies> {
  const { bavail, bsize } = await statfs(workDir);
  const [load = 0] = loadavg();
  return {
    freeDiskBytes: bavail * bsize,
    // Of the container, where there is one.
    freeMemoryBytes: process.availableMemory(),
    loadPerCpu: load / availableParallelism(),
  };
}

const shortage = gauge(
  'streamflix_worker_short',
  'Whether this worker claims nothing for want of disk, memory or cpu, 1 or 0',
  '1',
);

/** Whether this machine can take on more: before a claim, and for what was claimed. */
export class Resources {
  readonly #limits: SupplyLimits;
  readonly #read: () => Promise<Supplies>;
  #reservedBytes = 0;

  constructor(limits: SupplyLimits, workDir: string, read: () => Promise<Supplies> = () => readSupplies(workDir)) {
    this.#limits = limits;
    this.#read = read;
  }

  /** Why nothing more should be claimed; empty when there is enough of all. */
  async reasons(): Promise<string[]> {
    const short = shortagesOf(await this.#read(), this.#limits, this.#reservedBytes);
    for (const resource of resources) shortage.record(short.has(resource) ? 1 : 0, { resource });
    return [...short.values()].map((what) => `short of room: only ${what}`.replace('only a load', 'a load'));
  }

  /** What tasks may still take of the disk. */
  async freeDiskBytes(): Promise<number> {
    const { freeDiskBytes } = await this.#read();
    return Math.max(0, freeDiskBytes - this.#reservedBytes - this.#limits.minFreeDiskBytes);
  }

  /** Promises a task its room until it is released. Throws DISK_FULL when there is not so much. */
  async reserve(bytes: number): Promise<{ release(): void }> {
    const { freeDiskBytes } = await this.#read();
    if (bytes > 0 && freeDiskBytes - this.#reservedBytes < bytes)
      throw new StreamflixError('DISK_FULL', {
        message: `The task may need ${gibibytes(bytes)} of disk, and ${gibibytes(freeDiskBytes - this.#reservedBytes)} are left.`,
      });
    this.#reservedBytes += bytes;
    let held = true;
    return {
      release: () => {
        if (held) this.#reservedBytes -= bytes;
        held = false;
      },
    };
  }
}
