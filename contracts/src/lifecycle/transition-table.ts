import { StreamflixError } from '../errors/streamflix-error.ts';

/** Builds the checks that a life cycle needs from its one table. */
export function lifecycle<S extends string>(subject: string, table: Readonly<Record<S, readonly S[]>>, ends: readonly S[]) {
  const states = Object.keys(table) as S[];
  const isTerminal = (state: S): boolean => ends.includes(state);
  const mayBecome = (from: S, to: S): boolean => table[from].includes(to);
  return {
    states,
    terminalStates: states.filter(isTerminal),
    liveStates: states.filter((state) => !isTerminal(state)),
    isTerminal,
    mayBecome,
    /** Throws ILLEGAL_TRANSITION unless the table allows the step. */
    assertTransition(from: S, to: S): void {
      if (!mayBecome(from, to)) {
        throw new StreamflixError('ILLEGAL_TRANSITION', {
          message: `a ${subject} cannot go from ${from} to ${to}`,
          details: { from, to },
        });
      }
    },
  };
}
