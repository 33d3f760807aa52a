import { trace } from '@opentelemetry/api';
import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Names whose values never reach a log, wherever they stand. */
const secrets = [
  'apiKey',
  'secret',
  'password',
  'authorization',
  'secretAccessKey',
  'headers["x-api-key"]',
  'headers.authorization',
];

/** Every line carries the service and, inside a span, its trace: a line found in the logs leads to the trace. */
export function createLogger(service: string, level: string, stream?: DestinationStream): Logger {
  const options = {
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secrets.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
    mixin: () => {
      const context = trace.getActiveSpan()?.spanContext();
      return context === undefined ? {} : { trace_id: context.traceId, span_id: context.spanId };
    },
  };
  return stream === undefined ? pino(options) : pino(options, stream);
}

/** Says nothing. */
export const createTestLogger = (): Logger => pino({ level: 'silent' });
