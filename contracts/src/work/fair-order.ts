import { priorities } from './pools.ts';

/**
 * Start-time fair queueing (Goyal, Vin, Cheng 1996): a task gets a start tag when it is planned, and the lowest tag is claimed
 * first. Tags count CPU-seconds over weight, so that tenants share by what their work costs and not by how many tasks it makes.
 * Each pool and priority class is a queue of its own: a tenant's background work does not speak against its urgent work.
 */

export type Rank = (typeof priorities)[keyof typeof priorities];
/** The priority classes, the most urgent first. */
export const ranks: readonly Rank[] = Object.values(priorities).toSorted((a, b) => b - a);

/** The class of a priority from 1 to 10; one between two classes counts as the lower. */
export const rankOf = (priority: number): Rank => ranks.find((rank) => rank <= priority) ?? priorities.background;

/** Where a task goes that has waited too long in its class; the most urgent stay where they are. */
export const liftedRank = (rank: Rank): Rank => ranks[Math.max(0, ranks.indexOf(rank) - 1)] ?? rank;

/** What is known of a queue and of one tenant in it when tasks of that tenant are planned. */
export interface FairShare {
  /** The highest start tag that was claimed in the queue. */
  clock: number;
  /** Where the tenant's last task ends in virtual time. */
  finish: number;
  /** How much of the pool the tenant gets, against the others' weights. */
  weight: number;
}

/** Work that is predicted to cost nothing takes a slot all the same, and without a cost there would be no turns. */
const leastCpuSeconds = 0.1;

/** Start tags for tasks in this order, and the tenant's new finish. Who was away gets no credit for it: nobody starts before the clock. */
export function tagInTurn(
  { clock, finish, weight }: FairShare,
  cpuSeconds: readonly number[],
): { tags: number[]; finish: number } {
  let end = Math.max(clock, finish);
  const tags = cpuSeconds.map((cost) => {
    const start = end;
    end = start + Math.max(cost, leastCpuSeconds) / weight;
    return start;
  });
  return { tags, finish: end };
}

/** The clock of a queue after a claim. It never goes back: a task that waited for its tenant's limit says nothing about now. */
export const clockAfterClaim = (clock: number, claimedTag: number): number => Math.max(clock, claimedTag);

export interface Turn {
  rank: Rank;
  tag: number;
}

/** Negative when `a` is claimed before `b`: the class stands above the tag. */
export const compareTurns = (a: Turn, b: Turn): number => b.rank - a.rank || a.tag - b.tag;
