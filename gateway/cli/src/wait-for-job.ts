import { setTimeout as delay } from 'node:timers/promises';
import { jobLifecycle, jobSchema, progressEventSchema } from '@streamflix/contracts';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { RefusedError, UnreachableError } from './exit-codes.ts';
import type { GatewayClient, Job } from './gateway-client.ts';

export interface JobStep {
  state: string;
  /** 0 to 1. */
  progress: number;
}

export interface WaitOptions {
  signal: AbortSignal;
  onStep(step: JobStep): void;
  /** How long a gateway that does not answer is waited for. */
  patienceMs?: number;
  pollMs?: number;
}

const hasEnded = ({ state }: Job): boolean => jobLifecycle.isTerminal(state);

/** Follows the stream of events; returns the job when it has ended, null when the stream broke off before. */
async function followEvents(client: GatewayClient, jobId: string, { signal, onStep }: WaitOptions): Promise<Job | null> {
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => messages.push(message) });
  const decoder = new TextDecoder();
  for await (const chunk of await client.openEvents(jobId, signal)) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    for (const { event, data } of messages.splice(0)) {
      if (event === 'progress') onStep(progressEventSchema.parse(JSON.parse(data)));
      if (event !== 'job' && event !== 'end') continue;
      const job = jobSchema.parse(JSON.parse(data));
      onStep(job);
      if (event === 'end') return job;
    }
  }
  return null;
}

/** Whether the gateway said so, rather than was away: asking again would get the same answer. */
const isFinal = (error: unknown): boolean => error instanceof RefusedError && error.status < 500 && error.status !== 429;

/**
 * Waits until a job has ended and returns it. Live events where they come; where they break off or a proxy swallows them the job
 * is asked for instead. A gateway that restarts in between is waited for.
 */
export async function waitForJob(client: GatewayClient, jobId: string, options: WaitOptions): Promise<Job> {
  const { signal, onStep, patienceMs = 120_000, pollMs = 1_000 } = options;
  let answeredAtMs = Date.now();
  for (;;) {
    try {
      const ended = await followEvents(client, jobId, options);
      if (ended !== null) return ended;
    } catch (error) {
      signal.throwIfAborted();
      if (isFinal(error)) throw error;
    }
    try {
      const job = await client.getJob(jobId, signal);
      answeredAtMs = Date.now();
      onStep(job);
      if (hasEnded(job)) return job;
    } catch (error) {
      signal.throwIfAborted();
      const isAway = error instanceof UnreachableError || (error instanceof RefusedError && !isFinal(error));
      if (!isAway || Date.now() - answeredAtMs > patienceMs) throw error;
    }
    await delay(pollMs, undefined, { signal });
  }
}
