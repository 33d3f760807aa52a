/** KEY=value lines that a shell can source. A value is quoted only where the shell would otherwise split or expand it. */
const plainValue = /^[\w./:@%+,=~-]*$/;

export function formatEnv(env: Readonly<Record<string, string | undefined>>): string {
  const lines: string[] = [];
  for (const [key, value] of Object.entries(env)) {
    if (value !== undefined) lines.push(`${key}=${plainValue.test(value) ? value : quoteForShell(value)}\n`);
  }
  return lines.join('');
}

export function parseEnv(text: string): Record<string, string> {
  const env: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*?)\s*$/.exec(line);
    const [, key, value] = match ?? [];
    if (key !== undefined && value !== undefined) env[key] = unquote(value);
  }
  return env;
}

function quoteForShell(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

function unquote(value: string): string {
  if (value.length >= 2 && value.startsWith("'") && value.endsWith("'")) return value.slice(1, -1).replaceAll("'\\''", "'");
  if (value.length >= 2 && value.startsWith('"') && value.endsWith('"')) return value.slice(1, -1);
  return value;
}
