import { StreamflixError } from '@streamflix/contracts';
import type { TaskContext, WorkOutcome } from '@streamflix/infra/processor';
import { postWebhook } from './post-webhook.ts';

const timeoutMs = 10_000;

/** Tells one outcome to the job's webhook. What the receiver does not take is tried again, for about a day. */
export async function deliverWebhook({ task, platform, signal, logger }: TaskContext): Promise<WorkOutcome> {
  if (task.spec.kind !== 'webhook')
    throw new StreamflixError('INTERNAL_ERROR', { message: `not a webhook task: ${task.spec.kind}` });
  const { url, eventId, body } = task.spec;
  const status = await postWebhook({ url, eventId, body, ...platform.config.webhooks, timeoutMs, signal });
  logger.info({ status }, 'webhook delivered');
  return { result: { objects: [] } };
}
