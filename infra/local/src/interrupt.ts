const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class Interrupted extends Error {
  constructor() {
    super('interrupted');
  }
}

/** The first Ctrl-C aborts the signal; each further one, from somebody who will not wait, calls `insist`. */
export function catchInterrupts(insist: () => void): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) insist();
    else controller.abort(new Interrupted());
  };
  for (const name of interrupts) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of interrupts) process.off(name, onSignal);
    },
  };
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  return rejectWhenAborted(signal).catch(() => undefined);
}

/** Never resolves; rejects with the signal's reason. */
export function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
