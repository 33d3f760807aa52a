const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const durationPattern = /^(\d{1,6})([smhd])$/;

/** A span of time as people write it: 90s, 30m, 24h, 7d. Null for anything else. */
export function parseDurationMs(text: string): number | null {
  const [, amount, unit] = durationPattern.exec(text) ?? [];
  return amount === undefined ? null : Number(amount) * unitMs[unit as keyof typeof unitMs];
}
