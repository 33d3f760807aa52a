import { StreamflixError } from '@streamflix/contracts';
import { expect, test } from 'vitest';
import { composeDeadLetterHeaders } from './dead-letter.ts';

test('the original headers stay, bytes and all, and the time it was first seen survives a replay', () => {
  const binary = Buffer.from([1, 2, 255]);
  const headers = composeDeadLetterHeaders({
    group: 'ingest',
    topic: 'video.uploaded',
    partition: 4,
    message: { offset: '17', timestamp: '0', headers: { binary, 'x-first-seen': '2026-01-01T00:00:00.000Z' } },
    error: new StreamflixError('EVENT_INVALID', { message: 'x'.repeat(5_000) }),
    attempts: 1,
  });
  expect(headers).toMatchObject({
    binary,
    'x-origin-topic': 'video.uploaded',
    'x-origin-partition': '4',
    'x-origin-offset': '17',
    'x-error-code': 'EVENT_INVALID',
    'x-attempts': '1',
    'x-first-seen': '2026-01-01T00:00:00.000Z',
    'x-group': 'ingest',
  });
  expect(String(headers['x-error-message'])).toHaveLength(1_000);
});
