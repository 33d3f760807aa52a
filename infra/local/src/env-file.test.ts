import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatEnv, parseEnv } from './env-file.ts';

const value = fc.string({ unit: 'grapheme-ascii' }).filter((text) => !text.includes('\n'));

test('what is written is read back the same', () => {
  fc.assert(
    fc.property(value, (text) => {
      expect(parseEnv(formatEnv({ KEY: text }))).toEqual({ KEY: text });
    }),
  );
});

test('a shell that sources the file sees the same values', () => {
  const env = { URL: "http://a:b@c/d?e=f&g='h'", EMPTY: '', SPACED: 'one two $HOME "three"' };
  const script = `${formatEnv(env)}printf '%s\\n' "$URL" "$EMPTY" "$SPACED"`;
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(`${env.URL}\n${env.EMPTY}\n${env.SPACED}\n`);
});

test('comments and blank lines are no variables, and unset ones are not written', () => {
  expect(parseEnv('# A=1\n\nB=2\nexport C="3"\n')).toEqual({ B: '2', C: '3' });
  expect(formatEnv({ A: undefined, B: '1' })).toBe('B=1\n');
});
