import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Random, seededRandom } from './random.ts';

/** Stands before an HTTP server and, when told to, answers in its place as one that is in trouble. */
export interface RefusingProxy {
  /** As `host:port`. */
  readonly address: string;
  /** From now on so many of a hundred requests are answered with 5xx; of those half are carried out all the same. */
  refuse(percent: number, seed: number): void;
  /** Everything goes through again; answers with how many were refused. */
  heal(): number;
  stop(): Promise<void>;
}

type Trouble = readonly [status: number, code: string];

/** What S3 servers answer with when it is their own fault. */
const troubles: readonly [Trouble, ...Trouble[]] = [
  [500, 'InternalError'],
  [502, 'BadGateway'],
  [503, 'SlowDown'],
  [503, 'ServiceUnavailable'],
];

const loopback = '127.0.0.1';

function refuseWith(response: ServerResponse, random: Random): void {
  const [status, code] = random.pick(troubles);
  response.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`);
}

/** `upstream` is given as `host:port`. */
export async function startRefusingProxy(upstream: string): Promise<RefusingProxy> {
  const [host, port] = upstream.split(':');
  let percent = 0;
  let random = seededRandom(0);
  let refused = 0;

  /** The `Host` stays the client's: it is part of what was signed. */
  function forward(incoming: IncomingMessage, response: ServerResponse, answer: (from: IncomingMessage) => void): void {
    const { expect: _, ...headers } = incoming.headers;
    const outgoing = request({ host, port, method: incoming.method, path: incoming.url, headers }, answer);
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }

  const server = createServer((incoming, response) => {
    if (random.between(1, 100) > percent) {
      forward(incoming, response, (from) => {
        response.writeHead(from.statusCode ?? 502, from.statusMessage, from.rawHeaders);
        from.on('error', () => response.destroy());
        from.pipe(response);
      });
      return;
    }
    refused += 1;
    if (random.fraction() < 0.5) {
      forward(incoming, response, (from) => from.resume().on('end', () => refuseWith(response, random)));
    } else {
      incoming.resume().on('end', () => refuseWith(response, random));
    }
  });
  // A client keeps its connection as long as the server itself would let it.
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 0;
  server.listen(0, loopback);
  await once(server, 'listening');
  return {
    address: `${loopback}:${(server.address() as AddressInfo).port}`,
    refuse: (share, seed) => {
      percent = share;
      random = seededRandom(seed);
    },
    heal: () => {
      const before = refused;
      percent = 0;
      refused = 0;
      return before;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
