import { expect, test } from 'vitest';
import { parseJavaVersion } from './needs.ts';

test.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['java version "1.8.0_392"', 8],
  ['openjdk version "21" 2023-09-19', 21],
  ['command not found', undefined],
])('%s is Java %s', (text, version) => expect(parseJavaVersion(text)).toBe(version));
