import { expect, test } from 'vitest';
import { createJobRequestSchema, uploadFieldsSchema } from './job-requests.ts';

test('a source key is enough for a job of normal priority', () => {
  expect(createJobRequestSchema.parse({ sourceKey: 'in/a.mp4' })).toEqual({ sourceKey: 'in/a.mp4', priority: 5, metadata: {} });
});

test.each([
  ['an unknown field', { sourceKey: 'a', sourcekey: 'b' }],
  ['a priority out of range', { sourceKey: 'a', priority: 11 }],
  ['a video id that climbs', { sourceKey: 'a', videoId: '../x' }],
  ['a webhook that is no web address', { sourceKey: 'a', webhookUrl: 'file:///etc/passwd' }],
  ['a deadline before time', { sourceKey: 'a', deadlineAt: '0000-01-01T00:00:00Z' }],
  ['a deadline without a time zone', { sourceKey: 'a', deadlineAt: '2026-01-01T00:00:00' }],
  [
    'too many metadata entries',
    { sourceKey: 'a', metadata: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'v'])) },
  ],
  ['a long metadata value', { sourceKey: 'a', metadata: { k: 'v'.repeat(1025) } }],
])('%s is refused', (_, body) => {
  expect(createJobRequestSchema.safeParse(body).success).toBe(false);
});

test('the fields of a form are text and mean the same', () => {
  expect(uploadFieldsSchema.parse({ priority: '10', metadata: '{"title":"x"}' })).toEqual({
    priority: 10,
    metadata: { title: 'x' },
  });
  expect(uploadFieldsSchema.safeParse({ priority: 'high' }).success).toBe(false);
  expect(uploadFieldsSchema.safeParse({ metadata: '{' }).success).toBe(false);
});
