/** What every long step is given: where to say how it gets on, and when to give up. */
export interface Step {
  readonly say: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export const quietly: Step = { say: () => undefined };
