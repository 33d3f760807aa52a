/** For how many seconds after its end a job keeps its work folder, by the state it ended in. */
export const workKeptSeconds = {
  /** A refused worker may still be writing. */
  completed: 60,
  cancelled: 600,
  /** For a retry, which then makes only what is missing. */
  failed: 86_400,
} as const;
