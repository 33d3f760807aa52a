import { expect, test } from 'vitest';
import { listJobsQuerySchema } from './job-lists.ts';

test('a list without wishes is the newest fifty, uncounted', () => {
  expect(listJobsQuerySchema.parse({})).toEqual({ sort: 'createdAt', order: 'desc', limit: 50, offset: 0, total: false });
});

test('metadata is asked for by key and value, of which the value may hold anything', () => {
  expect(listJobsQuerySchema.parse({ metadata: 'a=b=c' }).metadata).toEqual({ a: 'b=c' });
  expect(listJobsQuerySchema.parse({ metadata: ['a=', 'ü=1'] }).metadata).toEqual({ a: '', ü: '1' });
});

test.each([
  ['a page of more than 200', { limit: '201' }],
  ['an offset too deep', { offset: '10001' }],
  ['an offset beside a cursor', { offset: '1', cursor: 'x' }],
  ['a sort nobody knows', { sort: 'size' }],
  ['metadata without a value', { metadata: 'a' }],
  ['metadata without a key', { metadata: '=a' }],
  ['metadata that is no text', { metadata: 'a=\0' }],
  ['a profile that is no text', { profile: 'a\0' }],
  ['more metadata than five', { metadata: ['a=1', 'b=1', 'c=1', 'd=1', 'e=1', 'f=1'] }],
  ['a time without its zone', { createdFrom: '2026-01-01T00:00:00' }],
  ['a filter nobody knows', { states: 'failed' }],
])('%s is refused', (_, query) => {
  expect(listJobsQuerySchema.safeParse(query).success).toBe(false);
});
