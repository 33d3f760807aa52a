import { expect, test } from 'vitest';
import { objectAt, submissionOf } from './submission.ts';

test.each([
  ['s3://media/2026/a.mp4', { sourceBucket: 'media', sourceKey: '2026/a.mp4' }],
  ['s3:///incoming/a b%20.mp4', { sourceKey: 'incoming/a b%20.mp4' }],
])('%s is an object by bucket and key, as it is written', (address, expected) => {
  expect(objectAt(address)).toEqual(expected);
});

test.each(['s3://media', 's3://media/', 's3:media/a.mp4', 's3:///', 'a.mp4'])('%s is no address of an object', (address) => {
  expect(() => objectAt(address)).toThrow('s3://BUCKET/KEY');
});

test('the source says which request it is', () => {
  expect(submissionOf('a.mp4', {}).kind).toBe('file');
  expect(submissionOf('s3.mp4', {}).kind).toBe('file');
  expect(submissionOf('https://example.com/a.mp4', {}).kind).toBe('url');
  expect(submissionOf('s3://media/a.mp4', {}).kind).toBe('object');
  expect(submissionOf('2026/a.mp4', { fromFolder: 'media' }).kind).toBe('folder');
});

test('what was said goes into the request, and nothing else', () => {
  const options = { videoId: 'v', priority: 10, profile: 'films', webhook: 'https://hook', metadata: ['a=b=c', 'd='] };
  const job = { videoId: 'v', priority: 10, profile: 'films', webhookUrl: 'https://hook', metadata: { a: 'b=c', d: '' } };
  const deadline = '2030-01-31T12:00:00Z';
  expect(submissionOf('https://e.com/a', { ...options, deadline, filename: 'a.mp4' })).toEqual({
    kind: 'url',
    request: { source: { url: 'https://e.com/a' }, ...job, deadlineAt: deadline, filename: 'a.mp4' },
  });
  expect(submissionOf('s3:///a', { ...options, contentType: 'video/mp4', sha256: 'ab' })).toEqual({
    kind: 'object',
    request: { sourceKey: 'a', ...job, contentType: 'video/mp4', checksumSha256: 'ab' },
  });
  expect(submissionOf('x/a', { ...options, fromFolder: 'media' })).toEqual({
    kind: 'folder',
    request: { folder: 'media', path: 'x/a', ...job },
  });
  expect(submissionOf('a.mp4', { ...options, thumbnail: 'p.jpg' })).toEqual({
    kind: 'file',
    path: 'a.mp4',
    thumbnail: 'p.jpg',
    fields: { videoId: 'v', priority: '10', profile: 'films', webhookUrl: 'https://hook', metadata: '{"a":"b=c","d":""}' },
  });
});

test.each([
  ['a.mp4', { deadline: '2030-01-31T12:00:00Z' }, '--deadline'],
  ['a.mp4', { filename: 'b.mp4' }, '--filename'],
  ['s3:///a', { thumbnail: 'p.jpg' }, '--thumbnail'],
  ['https://e.com/a', { sha256: 'ab' }, '--sha256'],
  ['x/a', { fromFolder: 'media', contentType: 'video/mp4' }, '--content-type'],
  ['s3:///a', { fromFolder: 'media' }, '--from-folder'],
  ['https://e.com/a', { fromFolder: 'media' }, '--from-folder'],
])('%s does not go with %j', (source, options, flag) => {
  expect(() => submissionOf(source, options)).toThrow(flag);
});
