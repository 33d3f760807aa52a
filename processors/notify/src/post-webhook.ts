import { StreamflixError } from '@streamflix/contracts';
import { isPublicAddress, type PinnedResponse, requestPinned, resolveTarget } from '@streamflix/infra/net';
import { Webhook } from 'standardwebhooks';

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
  const target = await resolveTarget(post.url, {
    mayConnect: allowPrivate ? () => true : isPublicAddress,
    codes: { forbidden: 'WEBHOOK_FORBIDDEN', unreachable: 'WEBHOOK_REFUSED' },
  });
  let response: PinnedResponse | undefined;
  try {
    response = await requestPinned(target, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'streamflix-transcoder',
        ...signedHeaders(secret, eventId, body),
      },
      body,
      timeoutMs,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.body.dump({ limit: answerLimitBytes });
    if (response.status < 200 || response.status > 299)
      throw new StreamflixError('WEBHOOK_REFUSED', {
        message: `the receiver answered ${response.status}`,
        details: { status: response.status },
      });
    return response.status;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof StreamflixError) throw error;
    throw new StreamflixError('WEBHOOK_REFUSED', {
      message: `the receiver could not be reached: ${String(error)}`,
      cause: error,
    });
  } finally {
    await response?.close();
  }
}
