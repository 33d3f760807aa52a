/** Does `work` for each, whatever becomes of the others; only then throws the first failure. Returns how many there were. */
export async function forEach<T>(items: T[], work: (item: T) => Promise<void>): Promise<number> {
  const failures: unknown[] = [];
  for (const item of items) await work(item).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
  return items.length;
}
