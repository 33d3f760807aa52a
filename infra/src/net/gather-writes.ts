import type { Duplex } from 'node:stream';

/** What is written from here until the loop comes round goes out at once: to wake the other side costs more than the words. */
export function gatherWrites(socket: Duplex): void {
  if (!socket.writable || socket.writableCorked > 0) return;
  socket.cork();
  setImmediate(() => socket.uncork());
}
