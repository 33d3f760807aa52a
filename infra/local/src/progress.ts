/** `live` redraws on a terminal, `lines` prints one line per step, `silent` nothing. */
export type Progress = 'live' | 'lines' | 'silent';

export const renderers = { live: 'default', lines: 'simple', silent: 'silent' } as const satisfies Record<Progress, string>;

export function chooseProgress(): Progress {
  if (process.env.CI) return 'silent';
  // Some terminals do not tell their width; redrawing would then print a letter a line.
  return process.stdout.isTTY && process.stdout.columns > 20 ? 'live' : 'lines';
}
