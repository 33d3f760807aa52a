/** The fields worth a place on a terminal's line; the rest is in the raw lines (`--json`). */
const shownFields = ['jobId', 'taskId', 'videoId', 'tenantId', 'epoch', 'attempt', 'code', 'traceId'] as const;

const levelNames: Readonly<Record<string, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** One line of a process as a person reads it: a JSON log line becomes time, level, message and ids; any other stays as it is. */
export function formatLogLine(name: string, line: string): string {
  const entry = parseEntry(line);
  if (entry === undefined) return `${name.padEnd(9)} ${line}`;
  const level = levelNames[String(entry.level)] ?? String(entry.level ?? 'info');
  const parts = [formatTime(entry.time), name.padEnd(9), level.padEnd(5), String(entry.msg ?? '')];
  for (const field of shownFields) if (entry[field] !== undefined) parts.push(`${field}=${String(entry[field])}`);
  const fault = faultOf(entry.err ?? entry.error);
  if (fault !== undefined) parts.push(`error=${JSON.stringify(fault)}`);
  return parts.join(' ');
}

/** Cuts a stream of text into lines; the last one is kept until its end comes, or until `flush`. */
export function splitLines(onLine: (line: string) => void): { push(text: string): void; flush(): void } {
  let rest = '';
  return {
    push(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line.replace(/\r$/, ''));
    },
    flush() {
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}

function parseEntry(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function formatTime(time: unknown): string {
  const date = new Date(typeof time === 'number' || typeof time === 'string' ? time : Number.NaN);
  return Number.isNaN(date.getTime()) ? '--:--:--.---' : date.toISOString().slice(11, 23);
}

function faultOf(error: unknown): string | undefined {
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null || !('message' in error)) return undefined;
  return String(error.message);
}
