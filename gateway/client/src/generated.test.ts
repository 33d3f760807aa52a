import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('the generated types are those of the document: npm run generate:api', () => {
  const main = join(import.meta.dirname, '../generate/main.ts');
  expect(() => execFileSync(process.execPath, [main, '--check'], { encoding: 'utf8', stdio: 'pipe' })).not.toThrow();
});
