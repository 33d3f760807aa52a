import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Caller, grantedTo, mayGrant, mayUse, tenantMeant } from './caller.ts';
import { isPlatformRole, permissions, permissionsOf, roles } from './permissions.ts';

const role = fc.constantFrom(...roles);
const scopes = fc.option(fc.subarray(permissions));
const callerOf = (part: Pick<Caller, 'role' | 'scopes'>): Caller => ({
  ...{ kind: 'key', id: 'k', name: 'key:k', tenantId: 'acme', sessionId: null },
  ...part,
});

test('a caller may use exactly what its role may and its scopes name', () => {
  fc.assert(
    fc.property(role, scopes, fc.constantFrom(...permissions), (ofRole, ofScopes, permission) => {
      const expected = permissionsOf(ofRole).includes(permission) && (ofScopes === null || ofScopes.includes(permission));
      expect(mayUse(callerOf({ role: ofRole, scopes: ofScopes }), permission)).toBe(expected);
    }),
  );
});

test('nobody gives another more than they have', () => {
  fc.assert(
    fc.property(role, scopes, role, scopes, (ofRole, ofScopes, given, givenScopes) => {
      const giver = { role: ofRole, scopes: ofScopes };
      if (!mayGrant(giver, given, givenScopes)) return;
      expect(grantedTo(giver)).toEqual(expect.arrayContaining(grantedTo({ role: given, scopes: givenScopes })));
      if (isPlatformRole(given)) expect(isPlatformRole(ofRole)).toBe(true);
    }),
  );
});

test('only platform roles mean another tenant than their own', () => {
  for (const each of roles) {
    expect(tenantMeant({ role: each, tenantId: 'acme' }, undefined)).toBe('acme');
    expect(tenantMeant({ role: each, tenantId: 'acme' }, 'globex')).toBe(isPlatformRole(each) ? 'globex' : null);
  }
});

test('a key has no session to change', () => {
  expect(mayUse(callerOf({ role: 'admin', scopes: null }), 'user')).toBe(false);
  expect(mayUse({ ...callerOf({ role: 'viewer', scopes: null }), sessionId: 's' }, 'user')).toBe(true);
});
