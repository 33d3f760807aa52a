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
    send: (message) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new StreamflixError('RATE_LIMITED', { message: 'A watcher does not read what it is sent.' })),
          slowMs,
        );
        socket.send(JSON.stringify(message), (error) => {
          clearTimeout(timer);
          if (error === undefined || error === null) resolve();
          else reject(error);
        });
      }),
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
