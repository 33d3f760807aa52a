export * from './clips.ts';
export * from './otlp-receiver.ts';
export { RecordingBus } from './recording-bus.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
