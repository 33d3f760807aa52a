export { createLogger, createTestLogger, type Logger } from './logger.ts';
export { type Counter, counter, gauge, histogram, type Recorder } from './metrics.ts';
export { currentTraceparent, type SpanOptions, withSpan } from './spans.ts';
export { startTelemetry, type Telemetry } from './start-telemetry.ts';
