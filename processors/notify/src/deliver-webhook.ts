import { hasCode, StreamflixError } from '@streamflix/contracts';
import { ReceiverCircuits, type TaskContext, type Work, type WorkOutcome } from '@streamflix/infra/processor';
import { postWebhook } from './post-webhook.ts';

const timeoutMs = 10_000;
/** A delivery that has waited for so long waits for its receiver no more: its attempts count, and come to an end. */
const longestWaitMs = 24 * 3_600_000;

/** Tells outcomes to the jobs' webhooks. What a receiver does not take is tried again, for about a day. */
export function webhookDelivery(receivers = new ReceiverCircuits()): Work {
  return async ({ task, platform, signal, logger }: TaskContext): Promise<WorkOutcome> => {
    if (task.spec.kind !== 'webhook')
      throw new StreamflixError('INTERNAL_ERROR', { message: `not a webhook task: ${task.spec.kind}` });
    const { url, eventId, body } = task.spec;
    const post = () => postWebhook({ url, eventId, body, ...platform.config.webhooks, timeoutMs, signal });
    try {
      // Tenants may share a host; the failures of one are not to silence another.
      const status = await receivers.call(`${task.tenantId} ${hostOf(url)}`, post);
      logger.info({ status }, 'webhook delivered');
    } catch (error) {
      if (hasCode(error, 'RECEIVER_UNAVAILABLE') && Date.now() - task.createdAt.getTime() > longestWaitMs)
        throw new StreamflixError('WEBHOOK_REFUSED', { message: 'the receiver has been failing for a day', cause: error });
      throw error;
    }
    return { result: { objects: [] } };
  };
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
