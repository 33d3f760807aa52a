import { type Attributes, context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

const kinds = {
  consumer: SpanKind.CONSUMER,
  producer: SpanKind.PRODUCER,
  internal: SpanKind.INTERNAL,
  client: SpanKind.CLIENT,
  server: SpanKind.SERVER,
} as const;

export interface SpanOptions {
  /** W3C traceparent of the parent; without one the current span is the parent. Nonsense is ignored. */
  parent?: string | null;
  kind?: keyof typeof kinds;
  attributes?: Attributes;
}

/** The W3C traceparent of the current span, to send with a message or keep with a row; null outside any span. */
export function currentTraceparent(): string | null {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent ?? null;
}

/** Runs `run` in a span of its own, ended and marked with the error whatever happens. */
export function withSpan<T>(
  name: string,
  { parent, kind = 'internal', attributes = {} }: SpanOptions,
  run: () => Promise<T>,
): Promise<T> {
  const from = parent ? propagation.extract(ROOT_CONTEXT, { traceparent: parent }) : context.active();
  return trace.getTracer('streamflix').startActiveSpan(name, { kind: kinds[kind], attributes }, from, async (span) => {
    try {
      return await run();
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}
