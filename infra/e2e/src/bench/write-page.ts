import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../run/step.ts';

const pagePath = join(projectDir, 'docs/benchmarks.md');

/** Replaces what stands between two marks of the page of benchmarks and keeps what was written around it. */
export function writePage(mark: `<!-- ${string} -->`, text: string): void {
  const [before, , after] = readFileSync(pagePath, 'utf8').split(mark);
  if (before === undefined || after === undefined) throw new Error(`docs/benchmarks.md lacks the two marks ${mark}`);
  writeFileSync(pagePath, `${before}${mark}\n\n${text}\n\n${mark}${after}`);
}
