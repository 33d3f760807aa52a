import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OtlpReceiver, startOtlpReceiver } from '../testkit/otlp-receiver.ts';
import { counter, currentTraceparent, histogram, startTelemetry, type Telemetry, withSpan } from './index.ts';

let receiver: OtlpReceiver;
let telemetry: Telemetry;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  telemetry = startTelemetry('test', { logLevel: 'error', otlpEndpoint: receiver.url });
});

afterAll(async () => {
  await receiver.close();
});

const upstream = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('outside any span there is no traceparent', () => {
  expect(currentTraceparent()).toBeNull();
});

test('a span continues the trace of the traceparent it is given, and hands its own on', async () => {
  const traceparent = await withSpan('child', { parent: upstream, kind: 'consumer' }, async () => currentTraceparent());
  expect(traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
  expect(traceparent).not.toBe(upstream);
});

test('a traceparent that is nonsense begins a new trace', async () => {
  const traceparent = await withSpan('orphan', { parent: 'nonsense' }, async () => currentTraceparent());
  expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
});

test('metrics are rendered as Prometheus reads them, with limits that suit seconds', async () => {
  counter('test_events_total', 'Events').add(3, { outcome: 'ok' });
  histogram('test_duration_seconds', 'Durations', 's').record(0.02);
  const text = await telemetry.renderMetrics();
  expect(text).toMatch(/^test_events_total\{.*outcome="ok".*\} 3/m);
  expect(text).toMatch(/^test_duration_seconds_bucket\{.*le="0\.01".*\} 0/m);
  expect(text).toMatch(/^test_duration_seconds_bucket\{.*le="0\.025".*\} 1/m);
});

test('spans reach the collector with their service, nesting, attributes and error', async () => {
  const failing = withSpan('outer', { parent: upstream, attributes: { topic: 'job.created' } }, () =>
    withSpan('inner', {}, async () => {
      throw new Error('no luck');
    }),
  );
  await expect(failing).rejects.toThrow('no luck');
  await telemetry.shutdown();
  const spans = receiver.spans();
  const outer = spans.find(({ name }) => name === 'outer');
  const inner = spans.find(({ name }) => name === 'inner');
  expect(outer).toMatchObject({
    service: 'streamflix-test',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    parentSpanId: 'b7ad6b7169203331',
    attributes: { topic: 'job.created' },
  });
  expect(inner).toMatchObject({ traceId: outer?.traceId, parentSpanId: outer?.spanId });
});
