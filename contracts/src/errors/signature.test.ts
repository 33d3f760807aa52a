import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ErrorCode, errorCatalogue } from './catalogue.ts';
import { signatureOf } from './signature.ts';

const codes = Object.keys(errorCatalogue) as ErrorCode[];
const signature = (message: string, code: ErrorCode = 'ENCODER_FAILED') => signatureOf({ code, message });

const segment = fc.stringMatching(/^[A-Za-z0-9._-]{1,12}$/);
const path = fc.array(segment, { minLength: 2, maxLength: 5 }).map((parts) => `/${parts.join('/')}`);
const number = fc.oneof(fc.nat(), fc.double({ min: 0, max: 1e6, noNaN: true })).map((value) => value.toFixed(2));
const hexId = fc.stringMatching(/^[0-9a-f]{16,40}$/).filter((text) => /\d/.test(text));
const particular = [fc.uuid(), path, number, hexId];

test('one fault has one signature, whatever ids, numbers and paths it names', () => {
  const pairs = fc.oneof(...particular.map((kind) => fc.tuple(kind, kind)));
  fc.assert(
    fc.property(pairs, fc.constantFrom(...codes), ([one, other], code) => {
      const message = (value: string) => `task ${value} failed: the file '${value}' is short`;
      expect(signature(message(one), code)).toBe(signature(message(other), code));
    }),
  );
});

test('different codes and different words are different faults', () => {
  expect(new Set(codes.map((code) => signature('it failed', code))).size).toBe(codes.length);
  expect(signature('no such filter: scale_npp')).not.toBe(signature('no such encoder: h264_nvenc'));
});

test('another last complaint of a program is another fault', () => {
  const of = (stderr: string[], exitCode = 1) =>
    signatureOf({ code: 'ENCODER_FAILED', message: 'failed', details: { stderr, exitCode } });
  expect(new Set([of(['unknown option']), of(['no such filter']), of([])]).size).toBe(3);
  expect(of(['x', 'frame 17 of /tmp/a is broken'])).toBe(of(['y', 'frame 3 of /tmp/b is broken']));
});

test('a signature is sixteen hexadecimal digits, for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 5_000 }), (message) => {
      expect(signature(message)).toMatch(/^[0-9a-f]{16}$/);
    }),
  );
});

test('case and blanks do not tell faults apart', () => {
  expect(signature('Conversion  failed!\n')).toBe(signature('conversion failed!'));
});

test('a message of megabytes is no work', () => {
  expect(signature(`x ${'y/'.repeat(2_000_000)}`)).toMatch(/^[0-9a-f]{16}$/);
});

test('a signature does not change between versions: stored ones are compared with it', () => {
  expect(signature('frame 17 of /tmp/a.mp4 is broken')).toBe('29741b39182b6516');
});
