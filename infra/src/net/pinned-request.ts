import { isIPv6 } from 'node:net';
import type { Dispatcher } from 'undici';
import type { Target } from './target.ts';

export interface PinnedOptions {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
  /** To connect, then until the answer begins, then of silence in its body. */
  timeoutMs: number;
}

export interface PinnedResponse {
  status: number;
  headers: Dispatcher.ResponseData['headers'];
  body: Dispatcher.ResponseData['body'];
  /** Ends the connection, whatever of the body is still to come. */
  close(): Promise<void>;
}

/** Asks at the address that was judged, whatever the name server says a moment later. Follows no redirect, keeps no connection. */
export async function requestPinned({ url, address }: Target, options: PinnedOptions): Promise<PinnedResponse> {
  // Only for those who ask: the gateway judges addresses and never does.
  const { Agent, request } = await import('undici');
  const { timeoutMs, ...given } = options;
  const judged = [{ address, family: isIPv6(address) ? 6 : 4 }];
  const dispatcher = new Agent({
    connect: { timeout: timeoutMs, lookup: (_host, _options, answer) => answer(null, judged) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  const close = () => dispatcher.destroy();
  try {
    const { statusCode: status, headers, body } = await request(url, { dispatcher, ...given });
    // Of a connection that we end ourselves; whoever reads the body hears of it there.
    body.on('error', () => undefined);
    return { status, headers, body, close };
  } catch (error) {
    await close();
    throw error;
  }
}
