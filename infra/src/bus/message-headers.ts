import type { IHeaders } from 'kafkajs';

/** Headers as text, as handlers see them; of a repeated one the last. Other writers may send none, or bytes. */
export function readHeaders(headers: IHeaders | undefined): Record<string, string> {
  const entries = Object.entries(headers ?? {}).map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)]));
}
