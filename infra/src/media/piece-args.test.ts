import { planText, type TaskSpec } from '@streamflix/contracts';
import { plainSource } from '@streamflix/contracts/testkit';
import { expect, test } from 'vitest';
import { buildPieceArgs } from './piece-args.ts';

const subtitles = {
  ...{ index: 0, codec: 'subrip', format: 'text' as const, language: 'deu', title: null },
  ...{ isDefault: true, isForced: false, forHearingImpaired: false },
};
const source = plainSource({ container: 'matroska,webm', durationSeconds: 60, text: [subtitles] });

const argsFor = (spec: TaskSpec): string[] | null =>
  buildPieceArgs({ input: '/in/source', source, spec, outputPath: '/out/piece' });

test('a piece for text has every subtitle of the source, from its begin to its end, and no pictures', () => {
  const args = argsFor({ kind: 'text', renditions: planText(source) }) ?? [];
  const mapped = args.flatMap((arg, index) => (arg === '-map' ? [args[index + 1]] : []));
  expect(mapped).toEqual(['0:a?', '0:s?']);
  for (const option of ['-ss', '-t', '-noaccurate_seek']) expect(args).not.toContain(option);
  expect(args.slice(-3)).toEqual(['-f', 'matroska', '/out/piece']);
});

test('work that needs nothing of the source has no piece', () => {
  expect(argsFor({ kind: 'package' })).toBeNull();
  expect(argsFor({ kind: 'probe' })).toBeNull();
});
