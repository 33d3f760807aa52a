import { expect, test } from 'vitest';
import { seal, unseal } from './seal.ts';

const secret = 'a-secret-of-thirty-two-characters!';

test('what is sealed is read with its secret and with no other', () => {
  const sealed = seal('the key', secret);
  expect(sealed).not.toContain('the key');
  expect([unseal(sealed, secret), unseal(sealed, `${secret}x`), unseal(sealed, undefined)]).toEqual(['the key', null, null]);
});

test('without a secret the text stays as it is, and is read later when there is one', () => {
  expect(unseal(seal('the key', undefined), secret)).toBe('the key');
});
