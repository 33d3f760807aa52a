import { StreamflixError, signatureOf } from '@streamflix/contracts';
import type { IHeaders } from 'kafkajs';
import { expect, test } from 'vitest';
import { composeDeadLetterHeaders, readDeadLetter, toKafkaHeaders } from './dead-letter.ts';
import { replayHeaders } from './replay.ts';

const error = new StreamflixError('EVENT_INVALID', { message: 'x'.repeat(5_000) });
const failedAt = new Date('2026-02-01T00:00:00.000Z');

const compose = (headers: IHeaders = {}, timestamp = String(Date.UTC(2026, 0, 15))) =>
  composeDeadLetterHeaders({
    group: 'ingest',
    topic: 'video.uploaded',
    partition: 4,
    message: { offset: '17', timestamp, headers },
    error,
    attempts: 2,
    failedAt,
  });

const read = (headers: IHeaders) =>
  readDeadLetter('video.uploaded.dlt', 9, {
    key: Buffer.from('k'),
    value: Buffer.from([0]),
    timestamp: '1700000000000',
    attributes: 0,
    offset: '99',
    headers,
  });

test('the original headers stay, bytes and all, and the time it was first seen survives a replay', () => {
  const binary = Buffer.from([1, 2, 255]);
  const headers = compose({ binary, 'x-first-seen': '2026-01-01T00:00:00.000Z' });
  expect(headers).toMatchObject({
    binary,
    'x-origin-topic': 'video.uploaded',
    'x-origin-partition': '4',
    'x-origin-offset': '17',
    'x-origin-timestamp': '2026-01-15T00:00:00.000Z',
    'x-error-code': 'EVENT_INVALID',
    'x-error-signature': signatureOf(error),
    'x-attempts': '2',
    'x-first-seen': '2026-01-01T00:00:00.000Z',
    'x-last-seen': '2026-02-01T00:00:00.000Z',
    'x-group': 'ingest',
  });
  expect(String(headers['x-error-message'])).toHaveLength(1_000);
});

test('what is read of a dead letter is what was written, and its headers are those of the original again', () => {
  const original = { binary: Buffer.from([1, 2, 255]), twice: ['a', 'b'], 'x-own': 'kept' };
  const letter = read(compose({ ...original, ...replayHeaders({ letterId: crypto.randomUUID(), number: 3, group: 'ingest' }) }));
  expect(letter).toMatchObject({
    topic: 'video.uploaded',
    partition: 4,
    offset: '17',
    publishedAt: new Date(Date.UTC(2026, 0, 15)),
    group: 'ingest',
    code: 'EVENT_INVALID',
    signature: signatureOf(error),
    attempts: 2,
    firstSeen: new Date(Date.UTC(2026, 0, 15)),
    lastSeen: failedAt,
    replay: { number: 3, group: 'ingest' },
  });
  const bytes = (text: string) => Buffer.from(text);
  expect(toKafkaHeaders(letter.headers)).toEqual({
    binary: [original.binary],
    twice: [bytes('a'), bytes('b')],
    'x-own': [bytes('kept')],
    'x-first-seen': [bytes('2026-01-15T00:00:00.000Z')],
  });
});

test.each<[string, IHeaders]>([
  ['says nothing', {}],
  [
    'says nonsense',
    { 'x-origin-offset': '-1', 'x-attempts': '9'.repeat(30), 'x-error-code': 'constructor', 'x-error-signature': '\0' },
  ],
  ['names times that no calendar knows', { 'x-first-seen': '+200000-01-01T00:00:00Z', 'x-last-seen': 'tomorrow' }],
])('a dead letter that %s is known by where it lies', (_, headers) => {
  const letter = read(headers);
  expect(letter).toMatchObject({
    topic: 'video.uploaded',
    partition: 9,
    offset: '99',
    code: 'INTERNAL_ERROR',
    attempts: 1,
    replay: null,
  });
  expect(letter.signature).toMatch(/^[0-9a-f]{16}$/);
  for (const date of [letter.firstSeen, letter.lastSeen]) expect(date.getUTCFullYear()).toBeLessThan(10_000);
});

test('a message whose time no calendar knows is put aside all the same', () => {
  expect(compose({}, '9'.repeat(18))['x-first-seen']).toBe('1970-01-01T00:00:00.000Z');
});
