import type { WebSocket } from '@fastify/websocket';
import { StreamflixError } from '@streamflix/contracts';
import type { Sink, StreamEnd } from './streams.ts';

/** Close codes; those from 4000 on are ours. */
const closeCodes: Record<StreamEnd, number> = { over: 1000, closing: 1001, broken: 1011, unauthenticated: 4401, slow: 4408 };

/** Whoever did not answer so many pings is not there any more. */
const maxUnanswered = 3;

/** The same messages over a WebSocket, one after the other as they leave. */
export function openSocketSink(socket: WebSocket, slowMs: number): Sink {
  const gone = new AbortController();
  let unanswered = 0;
  socket.once('close', () => gone.abort());
  socket.on('pong', () => {
    unanswered = 0;
  });
  return {
    gone: gone.signal,
    send: async (message, signal) => {
      const left = Promise.withResolvers<void>();
      const slow = new StreamflixError('RATE_LIMITED', { message: 'A watcher does not read what it is sent.' });
      const timer = setTimeout(() => left.reject(slow), slowMs);
      const onAbort = () => left.reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      socket.send(JSON.stringify(message), (error) =>
        error === undefined || error === null ? left.resolve() : left.reject(error),
      );
      try {
        await left.promise;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      }
    },
    beat() {
      if (unanswered === maxUnanswered) return socket.terminate();
      unanswered += 1;
      socket.ping();
    },
    end(why) {
      if (why === 'slow') socket.terminate();
      else socket.close(closeCodes[why], why);
    },
  };
}
