import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { requireEnv } from './environment.ts';

export interface Delivery {
  id: string | undefined;
  /** By the library that receivers use, with the installation's secret. */
  isSigned: boolean;
  body: Record<string, unknown>;
}

export interface WebhookReceiver {
  url: string;
  received: Delivery[];
  /** Statuses of the next answers; 204 when there are none left. */
  answerNext(...statuses: number[]): void;
  close(): Promise<void>;
}

/** A receiver of webhooks as a product team would write it. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const webhook = new Webhook(Buffer.from(requireEnv('WEBHOOK_SECRET')).toString('base64'));
  const received: Delivery[] = [];
  const statuses: number[] = [];
  const isSigned = (body: string, headers: Record<string, string>): boolean => {
    try {
      webhook.verify(body, headers);
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'WebhookVerificationError') return false;
      throw error;
    }
  };
  const server = createServer((request, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    text(request).then(
      (body) => {
        received.push({
          id: headers['webhook-id'],
          isSigned: isSigned(body, headers),
          body: JSON.parse(body) as Record<string, unknown>,
        });
        response.writeHead(statuses.shift() ?? 204).end();
      },
      (error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    received,
    answerNext: (...next) => statuses.push(...next),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
