import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { startTelemetry, withSpan } from './index.ts';
import { createLogger } from './logger.ts';

function logTo(lines: Record<string, unknown>[]) {
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(JSON.parse(chunk.toString()));
      done();
    },
  });
  return createLogger('test', 'info', stream);
}

test('a line inside a span names its trace even when no collector is set, a line outside does not', async () => {
  const telemetry = startTelemetry('test', { logLevel: 'error', otlpEndpoint: undefined });
  const lines: Record<string, unknown>[] = [];
  const logger = logTo(lines);
  logger.info('before');
  await withSpan('work', {}, async () => logger.info('within'));
  await telemetry.shutdown();
  expect(lines[0]).toMatchObject({ msg: 'before', service: 'test' });
  expect(lines[0]).not.toHaveProperty('trace_id');
  expect(lines[1]).toMatchObject({
    msg: 'within',
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
});

test('secrets do not reach the log', () => {
  const lines: Record<string, unknown>[] = [];
  logTo(lines).info({ config: { apiKey: 'abc', secretAccessKey: 'def' }, password: 'ghi' }, 'started');
  expect(JSON.stringify(lines)).not.toMatch(/abc|def|ghi/);
});
