/** The transactions of PostgreSQL that were visible at a moment, as `pg_current_snapshot` writes them: `xmin:xmax:those between that were running`. */
export type Snapshot = string;

/** What a reader has seen: everything visible in `seen` and, of what became visible until `upTo`, the rows up to `lastId`. */
export interface Place {
  seen: Snapshot;
  within: { upTo: Snapshot; lastId: number } | null;
  /** When it was given, by the database's clock, in seconds. */
  at: number;
}

const snapshotPattern = /^\d{1,15}:\d{1,15}:(\d{1,15}(,\d{1,15})*)?$/;
/** A snapshot names at most the connections a server has. */
const maxLength = 50_000;

/** What PostgreSQL would take for one. */
function isSnapshot(text: string): boolean {
  if (!snapshotPattern.test(text)) return false;
  const [xmin = 0, xmax = 0] = text.split(':', 2).map(Number);
  const running = (text.split(':')[2] ?? '')
    .split(',')
    .filter((each) => each !== '')
    .map(Number);
  const isInOrder = running.every((each, index) => each >= xmin && each < xmax && each > (running[index - 1] ?? 0));
  return xmin > 0 && xmin <= xmax && isInOrder;
}

/** The lowest transaction that may not have been visible. */
export const lowestUnseen = (snapshot: Snapshot): number => Number(snapshot.split(':', 1)[0]);

/** The first transaction that had not begun. */
export const firstUnbegun = (snapshot: Snapshot): number => Number(snapshot.split(':', 2)[1]);

export const formatPlace = ({ at, seen, within }: Place): string =>
  [String(at), seen, ...(within === null ? [] : [within.upTo, String(within.lastId)])].join('~');

/** Null for what is not a place that was given. */
export function parsePlace(text: string): Place | null {
  if (text.length > maxLength) return null;
  const [at = '', seen = '', upTo, lastId, ...rest] = text.split('~');
  if (!/^\d{1,12}$/.test(at) || !isSnapshot(seen) || rest.length > 0) return null;
  if (upTo === undefined) return { at: Number(at), seen, within: null };
  if (!isSnapshot(upTo) || !/^\d{1,15}$/.test(lastId ?? '')) return null;
  return { at: Number(at), seen, within: { upTo, lastId: Number(lastId) } };
}
