import { S3ServiceException } from '@aws-sdk/client-s3';
import { StreamflixError } from '@streamflix/contracts';
import { expect, test } from 'vitest';
import { translateS3Error } from './s3-errors.ts';

const network = (code: string): Error => Object.assign(new Error(code), { code });
const answer = (name: string, httpStatusCode: number): Error =>
  new S3ServiceException({ name, $fault: 'client', $metadata: { httpStatusCode } });

test.each<[string, Error]>([
  ['refuses the connection', network('ECONNREFUSED')],
  ['says it was sent too slowly', answer('RequestTimeout', 400)],
  ['has another clock', answer('RequestTimeTooSkewed', 403)],
  ['goes away during an upload, and stays away', new AggregateError([network('ECONNRESET'), network('ECONNREFUSED')], 'both')],
])('a store that %s is unavailable', (_, error) => {
  expect(translateS3Error(error, true)).toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

test('an upload that failed for a reason of its own keeps it, though its parts stayed', () => {
  const reason = new StreamflixError('JOB_CANCELLED');
  expect(translateS3Error(new AggregateError([reason, network('ECONNREFUSED')]), true)).toBe(reason);
});
