import avsc from 'avsc';
import { expect, test } from 'vitest';
import { eventSchemas } from '../generated/events.ts';
import { plainSource } from '../testkit/plain-source.ts';
import { describeSource } from './describe-source.ts';

const track = { index: 0, codec: 'aac', channels: 6, layout: '5.1', sampleRate: 48_000, isDefault: true };
const subtitles = {
  index: 0,
  codec: 'subrip',
  format: 'text' as const,
  isDefault: false,
  isForced: true,
  forHearingImpaired: false,
};

test('a source is told with its pictures, tracks and chapters', () => {
  const source = plainSource({
    video: { frameRate: { numerator: 30_000, denominator: 1001 }, variableFrameRate: true, fieldOrder: 'top-first' },
    audio: [{ ...track, language: 'deu', title: 'Deutsch' }],
    text: [{ ...subtitles, language: 'eng', title: null }],
    chapters: [{ startSeconds: 0, endSeconds: 20, title: 'One' }],
  });
  expect(describeSource(source)).toEqual({
    ...{ container: source.container, sizeBytes: 1000, durationSeconds: 20 },
    video: {
      ...{ codec: 'h264', width: 1280, height: 720, frameRate: 30_000 / 1001, variableFrameRate: true },
      ...{ fieldOrder: 'top-first', rotation: 0, pixelFormat: 'yuv420p', bitDepth: 8 },
      ...{ transfer: 'sdr', primaries: null, matrix: null, range: 'limited' },
    },
    audio: [{ codec: 'aac', channels: 6, layout: '5.1', sampleRate: 48_000, language: 'deu', title: 'Deutsch', isDefault: true }],
    text: [{ codec: 'subrip', format: 'text', language: 'eng', title: null, isForced: true, forHearingImpaired: false }],
    chapters: [{ startSeconds: 0, endSeconds: 20, title: 'One' }],
  });
  expect(describeSource({ ...source, video: null }).video).toBeNull();
});

test('whatever a file claims, what is told of it fits into a message', () => {
  const title = '€'.repeat(100_000);
  const source = plainSource({
    audio: Array.from({ length: 30_000 }, () => ({ ...track, language: title, title })),
    text: Array.from({ length: 30_000 }, () => ({ ...subtitles, language: title, title })),
    chapters: Array.from({ length: 500_000 }, () => ({ startSeconds: 0, endSeconds: 1, title })),
  });
  const { fields } = eventSchemas.VideoTranscoded;
  const field = fields.find(({ name }) => name === 'source');
  const type = avsc.Type.forSchema(structuredClone(field?.type) as unknown as avsc.Schema);
  expect(type.toBuffer(describeSource(source)).length).toBeLessThan(512 * 1024);
});
