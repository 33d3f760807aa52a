import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from './step.ts';

/** Replaces what stands between two marks of a page and keeps what was written around it. */
export function writeMarked(page: string, mark: `<!-- ${string} -->`, text: string): void {
  const path = join(projectDir, page);
  const [before, , after] = readFileSync(path, 'utf8').split(mark);
  if (before === undefined || after === undefined) throw new Error(`${page} lacks the two marks ${mark}`);
  writeFileSync(path, `${before}${mark}\n\n${text}\n\n${mark}${after}`);
}
