import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mayRole, permissions, roles } from './permissions.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/authentication.md'), 'utf8');

test('the page has the permission table as it is', () => {
  const rows = [...page.matchAll(/^\| `([a-z-]+:[a-z]+)` \| (.*) \|$/gm)].map(([, name, cells = '']) => [
    name,
    cells.split(' | '),
  ]);
  expect(rows).toEqual(
    permissions.map((permission) => [permission, roles.map((role) => (mayRole(role, permission) ? 'yes' : '–'))]),
  );
});
