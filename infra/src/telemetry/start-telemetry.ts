import { randomUUID } from 'node:crypto';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { NodeSDK, type NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import type { Config } from '../config/index.ts';
import { createLogger, type Logger } from './logger.ts';

export interface Telemetry {
  logger: Logger;
  /** All metrics in Prometheus' text format. */
  renderMetrics(): Promise<string>;
  /** Sends what is left; never throws, and does not wait long for a collector that is away. */
  shutdown(): Promise<void>;
}

type Traces = Pick<NodeSDKConfiguration, 'traceExporter'> | Pick<NodeSDKConfiguration, 'spanProcessors'>;

const exportTimeoutMs = 3_000;

/** Without a collector spans are made all the same: logs name their trace, and an upstream's trace is handed on. */
const keepNothing = {
  onStart: () => undefined,
  onEnd: () => undefined,
  forceFlush: async () => undefined,
  shutdown: async () => undefined,
};

const chooseTraces = (otlpEndpoint: string | undefined): Traces =>
  otlpEndpoint === undefined
    ? { spanProcessors: [keepNothing] }
    : {
        traceExporter: new OTLPTraceExporter({
          url: `${otlpEndpoint.replace(/\/$/, '')}/v1/traces`,
          timeoutMillis: exportTimeoutMs,
        }),
      };

/** Starts traces, metrics and logs of one process. Traces leave by OTLP/HTTP when an endpoint is given. */
export function startTelemetry(service: string, { logLevel, otlpEndpoint }: Config['telemetry']): Telemetry {
  const logger = createLogger(service, logLevel);
  const prometheus = new PrometheusExporter({ preventServerStart: true });
  const serializer = new PrometheusSerializer();
  const attributes = {
    'service.namespace': 'streamflix',
    'service.instance.id': randomUUID(),
    'process.pid': process.pid,
  };
  const sdk = new NodeSDK({
    serviceName: `streamflix-${service}`,
    resourceDetectors: [{ detect: () => ({ attributes }) }],
    metricReaders: [prometheus],
    // An empty list switches logs off: they leave by pino.
    logRecordProcessors: [],
    instrumentations: [],
    ...chooseTraces(otlpEndpoint),
  });
  sdk.start();
  return {
    logger,
    renderMetrics: async () => serializer.serialize((await prometheus.collect()).resourceMetrics),
    shutdown: async () => {
      try {
        await sdk.shutdown();
      } catch (error) {
        logger.debug({ err: error }, 'the last traces were not delivered');
      }
    },
  };
}
