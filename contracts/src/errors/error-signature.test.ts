import fc from 'fast-check';
import { expect, test } from 'vitest';
import { errorSignature, normaliseMessage } from './error-signature.ts';
import { StreamflixError } from './streamflix-error.ts';

test.each([
  ['ffmpeg ended with exit code 1: /tmp/a/b.mp4: No such file', 'ffmpeg ended with exit code <n>: <path>: No such file'],
  ['[libx264 @ 0x55d0c0ffee00] [error] broken at frame 17', '[libx<n> @ <address>] [error] broken at frame <n>'],
  ['job 0192b3c4-1111-7222-8333-444455556666 of s3://bucket/key?x=1 is gone', 'job <id> of <url> is gone'],
  ['connect ECONNREFUSED 10.0.0.7:5432', 'connect ECONNREFUSED <address>'],
  ['connect ECONNREFUSED [::1]:5432', 'connect ECONNREFUSED <address>'],
  ['etag d41d8cd98f00b204e9800998ecf8427e  changed\n', 'etag <id> changed'],
])('%s is told as %s', (message, normalised) => {
  expect(normaliseMessage(message)).toBe(normalised);
});

test('two occurrences of one fault have one signature, whatever their numbers', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.uuid(), fc.uuid(), (m, n, a, b) => {
      const of = (count: number, id: string) =>
        errorSignature(
          new StreamflixError('ENCODER_FAILED', { message: `ffmpeg lost ${count} frames of /work/${id}/source, task ${id}` }),
        );
      expect(of(m, a)).toBe(of(n, b));
    }),
  );
});

test('another code, another message or another last complaint of the program is another fault', () => {
  const of = (code: 'ENCODER_FAILED' | 'PACKAGER_FAILED', message: string, stderr: string[], exitCode = 1) =>
    errorSignature(new StreamflixError(code, { message, details: { stderr, exitCode } }));
  const signatures = [
    of('ENCODER_FAILED', 'failed', ['unknown option']),
    of('PACKAGER_FAILED', 'failed', ['unknown option']),
    of('ENCODER_FAILED', 'broke', ['unknown option']),
    of('ENCODER_FAILED', 'failed', ['no such filter']),
    of('ENCODER_FAILED', 'failed', []),
  ];
  expect(new Set(signatures).size).toBe(signatures.length);
  for (const signature of signatures) expect(signature).toMatch(/^[0-9a-f]{16}$/);
});

test('a normalised message stays as it is', () => {
  fc.assert(
    fc.property(fc.string(), (message) => {
      const once = normaliseMessage(message);
      expect(normaliseMessage(once)).toBe(once);
    }),
  );
});

test.each(['x', '1', '/', 'a:', '[:'])('megabytes of "%s" are told apart in no time', (text) => {
  const endless = text.repeat(3_000_000 / text.length);
  const signature = errorSignature(new StreamflixError('ENCODER_FAILED', { message: endless, details: { stderr: [endless] } }));
  expect(signature).toMatch(/^[0-9a-f]{16}$/);
});
