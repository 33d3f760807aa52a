/** So many requests in a window, given back evenly: a burst of all of them at once, then one every `windowSeconds / limit`. */
export interface RatePolicy {
  /** As it stands in the header. */
  name: string;
  limit: number;
  windowSeconds: number;
}

export interface RateTurn {
  isAllowed: boolean;
  /** Requests that would be allowed at once after this one. */
  remaining: number;
  /** Until the whole limit is there again. */
  resetSeconds: number;
  /** Until the next request would be allowed; 0 for one that was. */
  retryAfterSeconds: number;
}

export const intervalMs = ({ limit, windowSeconds }: RatePolicy): number => (windowSeconds * 1000) / limit;

/** How a request went whose subject has used up its turns until `aheadMs` from now. */
export function describeTurn(policy: RatePolicy, isAllowed: boolean, aheadMs: number): RateTurn {
  const windowMs = policy.windowSeconds * 1000;
  const interval = intervalMs(policy);
  return {
    isAllowed,
    remaining: Math.max(0, Math.floor((windowMs - aheadMs) / interval + 1e-6)),
    resetSeconds: Math.ceil(aheadMs / 1000),
    retryAfterSeconds: isAllowed ? 0 : Math.max(1, Math.ceil((aheadMs + interval - windowMs) / 1000)),
  };
}

/**
 * The generic cell rate algorithm (ITU-T I.371): one number says it all, the moment until which turns are used up. Returns it as it is after
 * this request.
 */
export function takeTurn(
  policy: RatePolicy,
  usedUntilMs: number | undefined,
  nowMs: number,
): { turn: RateTurn; usedUntilMs: number } {
  const before = Math.max(usedUntilMs ?? nowMs, nowMs);
  const after = before + intervalMs(policy);
  const isAllowed = after - nowMs <= policy.windowSeconds * 1000 + 1e-6;
  const kept = isAllowed ? after : before;
  return { turn: describeTurn(policy, isAllowed, kept - nowMs), usedUntilMs: kept };
}
