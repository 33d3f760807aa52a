/** How long a sender is watched before it is judged. */
const windowMs = 20_000;

/**
 * The same chunks, as long as they come fast enough. Only the time that we wait for the sender counts: what we do with a chunk
 * meanwhile is not its fault. Throws `tooSlow()`.
 */
export async function* paced(
  chunks: AsyncIterable<Buffer>,
  { minBytesPerSecond, tooSlow }: { minBytesPerSecond: number; tooSlow(): Error },
  clock: () => number = () => performance.now(),
): AsyncGenerator<Buffer> {
  let waitedMs = 0;
  let receivedBytes = 0;
  let askedAt = clock();
  for await (const chunk of chunks) {
    waitedMs += clock() - askedAt;
    receivedBytes += chunk.length;
    if (waitedMs >= windowMs) {
      if (receivedBytes * 1000 < minBytesPerSecond * waitedMs) throw tooSlow();
      waitedMs = 0;
      receivedBytes = 0;
    }
    yield chunk;
    askedAt = clock();
  }
}
