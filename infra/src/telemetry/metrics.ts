import { type Attributes, type Meter, metrics } from '@opentelemetry/api';

/** Instruments are made at first use: modules name them while they load, before the SDK runs. */
function lazily<T>(make: (meter: Meter) => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make(metrics.getMeter('streamflix')) };
    return made.value;
  };
}

export interface Counter {
  add(value: number, attributes?: Attributes): void;
}

export interface Recorder {
  record(value: number, attributes?: Attributes): void;
}

/** The SDK's own limits are meant for milliseconds. From a message (5 ms) to a long encode (an hour). */
const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];

export function counter(name: string, description: string): Counter {
  const instrument = lazily((meter) => meter.createCounter(name, { description }));
  return { add: (value, attributes) => instrument().add(value, attributes) };
}

/** `unit` in UCUM: s, By, 1. */
export function histogram(name: string, description: string, unit: string): Recorder {
  const advice = unit === 's' ? { advice: { explicitBucketBoundaries: secondsBuckets } } : {};
  const instrument = lazily((meter) => meter.createHistogram(name, { description, unit, ...advice }));
  return { record: (value, attributes) => instrument().record(value, attributes) };
}

export function gauge(name: string, description: string, unit: string): Recorder {
  const instrument = lazily((meter) => meter.createGauge(name, { description, unit }));
  return { record: (value, attributes) => instrument().record(value, attributes) };
}
