import { type ErrorCode, StreamflixError } from '@streamflix/contracts';
import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
} from 'cockatiel';
import { gauge, type Logger } from '../telemetry/index.ts';

export const dependencies = ['database', 'store', 'kafka', 'registry'] as const;
export type Dependency = (typeof dependencies)[number];

const dependencyOf: Partial<Record<ErrorCode, Dependency>> = {
  DATABASE_UNAVAILABLE: 'database',
  STORE_UNAVAILABLE: 'store',
  BUS_UNAVAILABLE: 'kafka',
  REGISTRY_UNAVAILABLE: 'registry',
};

/** So many failures in a row open a circuit: one may be a connection that broke. */
const failuresToOpen = 2;
const checkEveryMs = 500;
const backoff = { initialDelay: 500, maxDelay: 5_000 };

const open = gauge('streamflix_circuit_open', 'Whether a server that the platform needs is held to be away, 1 or 0', '1');

interface Circuit {
  breaker: CircuitBreakerPolicy;
  why: string;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Which servers are away, as the errors of the work tell: nobody has to fail in order to find out again. While a circuit is open
 * the server itself is asked, at growing intervals, until it answers.
 */
export class Circuits {
  readonly #checks: Record<Dependency, () => Promise<void>>;
  readonly #logger: Logger;
  readonly #circuits: ReadonlyMap<Dependency, Circuit>;

  constructor(checks: Record<Dependency, () => Promise<void>>, logger: Logger) {
    this.#checks = checks;
    this.#logger = logger;
    this.#circuits = new Map(dependencies.map((dependency) => [dependency, this.#make(dependency)]));
  }

  /** Somebody failed. What does not say that a server is away changes nothing. */
  readonly failed = (error: unknown): void => {
    const dependency = error instanceof StreamflixError ? dependencyOf[error.code] : undefined;
    const circuit = dependency === undefined ? undefined : this.#circuits.get(dependency);
    if (circuit === undefined || !(error instanceof StreamflixError)) return;
    circuit.why = error.message;
    this.#feed(circuit, () => Promise.reject(error));
  };

  /** Somebody got an answer: the failures before it were no outage. */
  succeeded(dependency: Dependency): void {
    const circuit = this.#circuits.get(dependency);
    if (circuit?.breaker.state === CircuitState.Closed) this.#feed(circuit, () => Promise.resolve());
  }

  /** Why work that needs these should not be begun; empty when all answer. */
  reasons(needed: readonly Dependency[] = dependencies): string[] {
    return needed.flatMap((dependency) => {
      const circuit = this.#circuits.get(dependency);
      return circuit === undefined || circuit.breaker.state === CircuitState.Closed
        ? []
        : [`waiting for the ${dependency}: ${circuit.why}`];
    });
  }

  close(): void {
    for (const { timer } of this.#circuits.values()) clearInterval(timer);
  }

  #make(dependency: Dependency): Circuit {
    const breaker = circuitBreaker(handleAll, {
      breaker: new ConsecutiveBreaker(failuresToOpen),
      halfOpenAfter: new ExponentialBackoff(backoff),
    });
    const circuit: Circuit = { breaker, why: '', timer: undefined };
    breaker.onBreak(() => {
      this.#logger.warn({ dependency, why: circuit.why }, 'a circuit opened: work that needs it waits');
      open.record(1, { dependency });
      circuit.timer ??= setInterval(() => this.#feed(circuit, this.#checks[dependency]), checkEveryMs).unref();
    });
    breaker.onReset(() => {
      this.#logger.info({ dependency }, 'a circuit closed: the work goes on');
      open.record(0, { dependency });
      clearInterval(circuit.timer);
      circuit.timer = undefined;
    });
    return circuit;
  }

  /** The breaker is told how a call went; while it is open, and the time of the next trial has not come, it does not care. */
  #feed({ breaker }: Circuit, run: () => Promise<void>): void {
    breaker.execute(run).catch((error: unknown) => this.#logger.debug({ err: error }, 'a call through a circuit failed'));
  }
}
