const lookEveryBytes = 4 * 1024 * 1024;
const growthBytes = 12 * 1024 * 1024;

let sinceLook = 0;
let leastBytes = 0;

/**
 * Told of every chunk of a body. Chunks lie outside V8's heap, and V8 looks after them only when 64 MiB have gathered: with many uploads at
 * once that is a third of what the process takes. Needs node's --expose-gc, and does nothing without it.
 */
export function collectBodies(chunkBytes: number): void {
  sinceLook += chunkBytes;
  if (sinceLook < lookEveryBytes || globalThis.gc === undefined) return;
  sinceLook = 0;
  const heldBytes = process.memoryUsage().arrayBuffers;
  leastBytes = Math.min(leastBytes, heldBytes);
  if (heldBytes - leastBytes < growthBytes) return;
  globalThis.gc({ type: 'major', execution: 'sync' });
  leastBytes = process.memoryUsage().arrayBuffers;
}
