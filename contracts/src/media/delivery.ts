/** How the source comes to those who encode it. */
export type SourceDelivery = 'whole' | 'pieces';

/** Below this every worker has its own copy sooner than somebody has cut it. */
const worthCuttingBytes = 2 * 1024 ** 3;
/** What cutting moves, in times of the source: it is written, sent and fetched, and neighbours overlap. */
const cutCopies = 3;
/** The source, and all that is made of it. */
export const copiesOnDisk = 2;

export interface DeliveryQuestion {
  sizeBytes: number;
  /** Into how many chunks the video is cut; what is not cut cannot be delivered in pieces. */
  chunks: number;
  /** Of each worker that may take part: what tasks may still take of its disk. */
  freeDiskBytes: readonly number[];
  /** By configuration, the largest source that a worker fetches whole. */
  limitBytes: number;
}

/**
 * Whole, so that any task of the worker finds it there; in pieces where it is larger than the limit or than the room of some worker, or
 * where so many workers would fetch it that cutting it once moves less.
 */
export function chooseDelivery({ sizeBytes, chunks, freeDiskBytes, limitBytes }: DeliveryQuestion): SourceDelivery {
  if (chunks < 2) return 'whole';
  const isTooLarge = sizeBytes > limitBytes || freeDiskBytes.some((free) => copiesOnDisk * sizeBytes > free);
  const isCheaper = sizeBytes >= worthCuttingBytes && Math.min(chunks, freeDiskBytes.length) > cutCopies;
  return isTooLarge || isCheaper ? 'pieces' : 'whole';
}
