import { once } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http';
import { StreamflixError, type StreamMessage } from '@streamflix/contracts';
import type { FastifyReply } from 'fastify';
import type { Sink } from './streams.ts';

export const sseHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // Proxies that buffer would hold the events back until the job has ended.
  'x-accel-buffering': 'no',
};

/** One message as the standard says; one without data moves the last id and shows nothing. */
export function formatEvent(message: StreamMessage): string {
  const id = 'id' in message && message.id !== undefined ? `id: ${message.id}\n` : '';
  const content = 'data' in message ? `event: ${message.event}\ndata: ${JSON.stringify(message.data)}\n` : '';
  return `${id}${content}\n`;
}

/** Server-sent events to whoever asked, at the pace of its reading. From here on the reply is ours alone, with the headers it has. */
export function openSseSink(reply: FastifyReply, slowMs: number): Sink {
  const { raw } = reply.hijack();
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  if (raw.destroyed) gone.abort();
  raw.writeHead(200, { ...(reply.getHeaders() as OutgoingHttpHeaders), ...sseHeaders });
  raw.write('retry: 2000\n\n');
  return {
    gone: gone.signal,
    async send(message, signal) {
      if (raw.write(formatEvent(message))) return;
      const tooSlow = AbortSignal.timeout(slowMs);
      await once(raw, 'drain', { signal: AbortSignal.any([signal, tooSlow]) }).catch((error: unknown) => {
        throw tooSlow.aborted
          ? new StreamflixError('RATE_LIMITED', { message: 'A watcher does not read what it is sent.' })
          : error;
      });
    },
    beat() {
      if (!raw.writableNeedDrain) raw.write(': still here\n\n');
    },
    end(why) {
      if (why === 'slow') raw.destroy();
      else raw.end();
    },
  };
}
