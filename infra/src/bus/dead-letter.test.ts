import { StreamflixError } from '@streamflix/contracts';
import { expect, test } from 'vitest';
import { composeDeadLetterHeaders, signatureOf } from './dead-letter.ts';

const failed = (message: string) => new StreamflixError('INTERNAL_ERROR', { message });

test('one fault has one signature, whatever ids and numbers it names', () => {
  const first = failed('job 0190d3b1-7c1e-7000-8000-3f1f1c1c0001 has 3 tasks');
  const second = failed('job 0190d3b1-7c1e-7000-8000-3f1f1c1c0002 has 14 tasks');
  expect(signatureOf(first)).toBe(signatureOf(second));
  expect(signatureOf(first)).not.toBe(signatureOf(failed('job has no tasks')));
});

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
