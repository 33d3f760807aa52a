import { type FaultKind, faultKindNames, specOf } from './fault-kinds.ts';
import { type Random, seededRandom } from './random.ts';

export interface Fault {
  readonly number: number;
  readonly kind: FaultKind;
  readonly target: string;
  /** From the beginning of the run. */
  readonly atSeconds: number;
  readonly holdSeconds: number;
  readonly amount: number;
  /** For what the fault itself draws. */
  readonly seed: number;
}

/** A server or process needs this long after a fault until the next may meet it. */
const recoverySeconds = 4;

export interface FaultPlanOptions {
  readonly seed: number;
  readonly count: number;
  /** On average. */
  readonly secondsBetween: number;
  /** Kinds that this machine cannot do. */
  readonly without?: readonly FaultKind[];
}

/**
 * The faults of a run, in the order of their time. The seed alone decides. Every kind comes once before any comes by its weight,
 * and no two faults meet the same target at the same time.
 */
export function planFaults({ seed, count, secondsBetween, without = [] }: FaultPlanOptions): Fault[] {
  const random = seededRandom(seed);
  const kinds = faultKindNames.filter((kind) => !without.includes(kind));
  const due = random.shuffled(kinds);
  const freeFrom = new Map<string, number>();
  const faults: Fault[] = [];
  for (let number = 1; number <= count; number += 1) {
    const atSeconds = (number - 1 + random.fraction()) * secondsBetween;
    const isFree = (target: string): boolean => (freeFrom.get(target) ?? 0) <= atSeconds;
    const possible = (kind: FaultKind): boolean => specOf(kind).targets.some(isFree);
    const kind = due.find(possible) ?? drawByWeight(random, kinds.filter(possible));
    if (due.includes(kind)) due.splice(due.indexOf(kind), 1);
    const { targets, holdSeconds: hold, amount } = specOf(kind);
    const [target = targets[0]] = random.shuffled(targets.filter(isFree));
    const holdSeconds = random.between(...hold);
    freeFrom.set(target, atSeconds + holdSeconds + recoverySeconds);
    faults.push({
      number,
      kind,
      target,
      atSeconds,
      holdSeconds,
      amount: random.between(...amount),
      seed: random.between(0, 2 ** 31),
    });
  }
  return faults;
}

function drawByWeight(random: Random, kinds: readonly FaultKind[]): FaultKind {
  const weighted = kinds.flatMap((kind) => Array.from({ length: specOf(kind).weight }, () => kind));
  const [first, ...rest] = weighted;
  if (first === undefined) throw new Error('no fault is possible: every target is broken already');
  return random.pick([first, ...rest]);
}
