import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ApiJob } from '@streamflix/contracts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface StubGateway {
  url: string;
  /** Method and path of every request, in order. */
  requests: string[];
  /** The body of every request, in order. */
  bodies: string[];
  /** The headers of every request, in order. */
  headers: IncomingHttpHeaders[];
  close(): Promise<void>;
}

export const jobInState = (state: ApiJob['state'], changes: Partial<ApiJob> = {}): ApiJob => ({
  id: '0f4a2b1c-0000-4000-8000-000000000001',
  videoId: 'v1',
  state,
  source: { bucket: 'streamflix', key: 'a.mp4', etag: 'e', sizeBytes: 1 },
  filename: 'a.mp4',
  contentType: null,
  profile: null,
  priority: 5,
  requestedPriority: null,
  webhookUrl: null,
  deadlineAt: null,
  metadata: {},
  error: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: null,
  progress: 0,
  estimatedEndAt: null,
  tasks: [],
  plan: null,
  outputs: null,
  verification: null,
  origin: null,
  ...changes,
});

export const answerJson =
  (status: number, body: unknown): Answer =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

export const answerEvents =
  (...events: [string, unknown][]): Answer =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    // Without an `end` the connection is cut, as a proxy or a restart would.
    for (const [event, data] of events) response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (events.some(([event]) => event === 'end')) response.end();
    else setImmediate(() => response.destroy());
  };

/** A server with prepared answers: each route gives its answers in order and stays with the last. */
export async function startStubGateway(routes: Record<string, Answer[]>): Promise<StubGateway> {
  const requests: string[] = [];
  const bodies: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer(async (request, response) => {
    const route = `${request.method} ${request.url?.split('?')[0]}`;
    requests.push(`${request.method} ${request.url}`);
    headers.push(request.headers);
    const answers = routes[route];
    const answer = answers !== undefined && answers.length > 1 ? answers.shift() : answers?.[0];
    bodies.push(await text(request));
    (answer ?? answerJson(404, { error: { code: 'NOT_FOUND', message: 'nothing', details: {} } }))(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    bodies,
    headers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
