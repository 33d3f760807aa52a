import { randomBytes } from 'node:crypto';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '@streamflix/infra/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Playback, PlayerSite } from '../support/browser.ts';
import { sampleClip } from '../support/clips.ts';
import { type Outcome, OutcomeReader, publishUploads } from '../support/independent-client.ts';
import { type RunningPlatform, startPlatform } from '../support/platform.ts';
import { newVideoId, uploadSource } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const videoId = newVideoId('ordinary');
const producer = { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') };
/** Of the clip `ordinary`: 14 s at 30000/1001 frames a second. */
const durationSeconds = 14;

let outcomes: OutcomeReader;
let traces: OtlpReceiver;
let webhooks: WebhookReceiver;
let platform: RunningPlatform;
let outcome: Outcome;

beforeAll(async () => {
  outcomes = new OutcomeReader();
  [traces, webhooks] = await Promise.all([startOtlpReceiver(), startWebhookReceiver()]);
  platform = await startPlatform('pipeline', { env: { OTEL_EXPORTER_OTLP_ENDPOINT: traces.url } });
  publishUploads({
    value: await uploadSource(videoId, await sampleClip('ordinary'), { webhookUrl: webhooks.url, metadata: { title: 'Über' } }),
    headers: { traceparent: `00-${producer.traceId}-${producer.spanId}-01` },
  });
  outcome = await outcomes.waitFor(videoId);
});
afterAll(async () => {
  outcomes.close();
  await platform.stop();
  await Promise.all([traces.close(), webhooks.close()]);
});

const textOf = (name: string): string => {
  const value = outcome.event[name];
  if (typeof value !== 'string') throw new Error(`${name} is ${JSON.stringify(value)}`);
  return value;
};

test('an independent producer’s VideoUploaded ends in a VideoTranscoded that its consumer decodes by the registry', () => {
  expect(outcome).toMatchObject({
    topic: 'video.transcoded',
    key: videoId,
    event: {
      tenantId: 'acme',
      videoId,
      packageVersion: 1,
      renditions: [
        { name: '720p', width: 1280, height: 720 },
        { name: '480p', width: 854, height: 480 },
        { name: '360p', width: 640, height: 360 },
        { name: '240p', width: 426, height: 240 },
      ],
      audio: [{ channels: 2 }],
      verification: { passed: true },
      metadata: { title: 'Über' },
    },
  });
  expect(outcome.event.durationSeconds).toBeCloseTo(durationSeconds, 1);
  expect(outcome.event.images).toHaveLength(5);
});

describe.each([
  ['HLS by hls.js', 'hls.js', 'hlsManifestUrl'],
  ['DASH by Shaka Player', 'shaka', 'dashManifestUrl'],
] as const)('%s in a browser', (_title, player, manifest) => {
  let site: PlayerSite;
  let playback: Playback;
  beforeAll(async () => {
    site = await PlayerSite.open();
    playback = await site.play(player, textOf(manifest));
  });
  afterAll(() => site.close());

  test('time advances and pictures are decoded', async () => {
    const report = await playback.until('two seconds of play', ({ currentTime }) => currentTime > 2);
    expect(report.faults).toEqual([]);
    expect(report.duration).toBeCloseTo(durationSeconds, 0);
    expect(report.frames).toBeGreaterThan(30);
    expect(report.colours).toBeGreaterThan(100);
    expect([240, 360, 480, 720]).toContain(report.videoHeight);
  });

  test('sound is decoded', async () => {
    const report = await playback.until('sound', ({ loudness }) => loudness > 0.01);
    expect(report.faults).toEqual([]);
  });

  test('a seek into the last segment plays on from there, to the end', async () => {
    await playback.seek(12.5);
    const landed = await playback.until('play after the seek', ({ currentTime, seeking }) => !seeking && currentTime > 12.7);
    expect(landed.colours).toBeGreaterThan(100);
    const end = await playback.until('the end', ({ ended }) => ended);
    expect(end.faults).toEqual([]);
    expect(end.currentTime).toBeCloseTo(durationSeconds, 0);
  });
});

test('the webhook of the job is told, signed', async () => {
  const [delivery] = await waitFor('a webhook', () => (webhooks.received.length > 0 ? webhooks.received : undefined));
  expect(delivery?.isSigned).toBe(true);
  expect(delivery?.id).toBe(outcome.event.eventId);
  expect(delivery?.body).toMatchObject({ type: 'video.transcoded', data: { videoId, jobId: textOf('jobId') } });
});

test('one trace holds the spans of every processor, each a descendant of the producer’s', async () => {
  const services = ['ingest', 'probe', 'encode', 'package', 'notify'].map((name) => `streamflix-${name}`);
  const spansOfVideo = (): ReceivedSpan[] => traces.spans().filter(({ traceId }) => traceId === producer.traceId);
  const spans = await waitFor('spans of every processor', () => {
    const found = spansOfVideo();
    const seen = new Set(found.map(({ service }) => service));
    return services.every((name) => seen.has(name)) && found.some(isDelivery) ? found : undefined;
  });
  const known = new Map(spans.map((span) => [span.spanId, span]));
  const rootOf = (span: ReceivedSpan): string | null => {
    const parent = span.parentSpanId === null ? undefined : known.get(span.parentSpanId);
    return parent === undefined ? span.parentSpanId : rootOf(parent);
  };
  expect(new Set(spans.map(rootOf))).toEqual(new Set([producer.spanId]));
  expect(spans.filter(({ parentSpanId }) => parentSpanId === producer.spanId).map(({ service }) => service)).toContain(
    'streamflix-ingest',
  );
  expect(outcome.headers.traceparent).toContain(producer.traceId);
});

const isDelivery = ({ name, service }: ReceivedSpan): boolean => service === 'streamflix-notify' && name.includes('webhook');
