export * from './clips.ts';
export * from './otlp-receiver.ts';
