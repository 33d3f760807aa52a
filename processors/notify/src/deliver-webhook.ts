import { isIPv6 } from 'node:net';
import { StreamflixError } from '@streamflix/contracts';
import type { TaskContext, WorkOutcome } from '@streamflix/infra/processor';
import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import { resolveTarget } from './webhook-target.ts';

const timeoutMs = 10_000;

/** Signs as Standard Webhooks says; the id is the event's, so that a receiver recognises a second delivery. */
function signedHeaders(secret: string | undefined, eventId: string, body: string): Record<string, string> {
  const sentAt = new Date();
  const headers = { 'webhook-id': eventId, 'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)) };
  if (secret === undefined) return headers;
  const webhook = new Webhook(Buffer.from(secret).toString('base64'));
  return { ...headers, 'webhook-signature': webhook.sign(eventId, sentAt, body) };
}

/** Posts one outcome to the job's webhook. Anything but 2xx is tried again, for about a day; redirects are not followed. */
export async function deliverWebhook({ task, platform, signal, logger }: TaskContext): Promise<WorkOutcome> {
  if (task.spec.kind !== 'webhook')
    throw new StreamflixError('INTERNAL_ERROR', { message: `not a webhook task: ${task.spec.kind}` });
  const { url: text, eventId, body } = task.spec;
  const { secret, allowPrivate } = platform.config.webhooks;
  const { url, address } = await resolveTarget(text, { allowPrivate });
  const family = isIPv6(address) ? 6 : 4;
  const dispatcher = new Agent({
    connect: { timeout: timeoutMs, lookup: (_host, _options, callback) => callback(null, [{ address, family }]) },
  });
  try {
    const response = await request(url, {
      dispatcher,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'streamflix-transcoder',
        ...signedHeaders(secret, eventId, body),
      },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    await response.body.dump({ limit: 16_384 });
    if (response.statusCode < 200 || response.statusCode > 299) {
      throw new StreamflixError('WEBHOOK_REFUSED', { message: `the receiver answered ${response.statusCode}` });
    }
    logger.info({ status: response.statusCode }, 'webhook delivered');
    return { result: { objects: [] } };
  } catch (error) {
    if (signal.aborted || error instanceof StreamflixError) throw error;
    throw new StreamflixError('WEBHOOK_REFUSED', {
      message: `the receiver could not be reached: ${String(error)}`,
      cause: error,
    });
  } finally {
    await dispatcher.destroy();
  }
}
