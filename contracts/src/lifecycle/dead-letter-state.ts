export type DeadLetterKind = 'event' | 'task';
export type DeadLetterState = 'new' | 'replayed' | 'resolved' | 'parked';

/** What each state means, in a sentence an operator can read. */
export const deadLetterStateMeanings: Record<DeadLetterState, string> = {
  new: 'Put aside; nobody has done anything about it.',
  replayed: 'A replay was asked for; its outcome is not known yet.',
  resolved: 'The message was handled, or the job completed.',
  parked: 'A replay failed for the same reason, or somebody parked it: only asked for by its id it is replayed again.',
};

/** Letters by their ids, or all of one signature. */
export type DeadLetterSelection = { ids: string[] } | { signature: string };

/** The letters of a selection that a replay takes; it passes over the others. A group must not take up again what it just proved broken. */
export const replayableStates = (selection: DeadLetterSelection): DeadLetterState[] =>
  'ids' in selection ? ['new', 'parked'] : ['new'];

/** What became of a replayed letter that failed again: the cause is not mended, or it is another one. */
export const stateAfterFailedReplay = (before: string, now: string): DeadLetterState => (before === now ? 'parked' : 'new');
