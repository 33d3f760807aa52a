/**
 * Runs works side by side, at most `limit` at a time, and gives their results in order. Once one has failed no further one begins; when those
 * under way have ended too, its error is thrown.
 */
export async function runTogether<T>(works: readonly (() => Promise<T>)[], limit: number): Promise<T[]> {
  const results: T[] = [];
  const failures: unknown[] = [];
  const queue = works.entries();
  const runNext = async (): Promise<void> => {
    for (const [index, work] of queue) {
      if (failures.length > 0) return;
      try {
        results[index] = await work();
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, runNext));
  if (failures.length > 0) throw failures[0];
  return results;
}
