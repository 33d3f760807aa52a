import { isIPv6 } from 'node:net';
import { StreamflixError } from '@streamflix/contracts';
import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import { resolveTarget } from './webhook-target.ts';

/** More than anybody reads of an answer. */
const answerLimitBytes = 16_384;

/** Signs as Standard Webhooks says; the id is the event's, so that a receiver recognises a second delivery. */
function signedHeaders(secret: string | undefined, eventId: string, body: string): Record<string, string> {
  const sentAt = new Date();
  const headers = { 'webhook-id': eventId, 'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)) };
  if (secret === undefined) return headers;
  const webhook = new Webhook(Buffer.from(secret).toString('base64'));
  return { ...headers, 'webhook-signature': webhook.sign(eventId, sentAt, body) };
}

export interface WebhookPost {
  url: string;
  eventId: string;
  body: string;
  secret: string | undefined;
  allowPrivate: boolean;
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * Posts to the address that was judged, whatever the name server says a moment later; redirects are not followed. Answers with the status.
 * Throws WEBHOOK_FORBIDDEN for a target nobody may have, WEBHOOK_REFUSED for anything but 2xx in time, the signal's reason when aborted.
 */
export async function postWebhook(post: WebhookPost): Promise<number> {
  const { eventId, body, secret, allowPrivate, timeoutMs, signal } = post;
  const { url, address } = await resolveTarget(post.url, { allowPrivate });
  const judged = [{ address, family: isIPv6(address) ? 6 : 4 }];
  const dispatcher = new Agent({ connect: { timeout: timeoutMs, lookup: (_host, _options, answer) => answer(null, judged) } });
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
    });
    await response.body.dump({ limit: answerLimitBytes });
    if (response.statusCode < 200 || response.statusCode > 299)
      throw new StreamflixError('WEBHOOK_REFUSED', {
        message: `the receiver answered ${response.statusCode}`,
        details: { status: response.statusCode },
      });
    return response.statusCode;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof StreamflixError) throw error;
    throw new StreamflixError('WEBHOOK_REFUSED', {
      message: `the receiver could not be reached: ${String(error)}`,
      cause: error,
    });
  } finally {
    await dispatcher.destroy();
  }
}
