import { writeMarked } from '../run/marked-page.ts';

/** Puts a text between its two marks of the page of benchmarks. */
export const writePage = (mark: `<!-- ${string} -->`, text: string): void => writeMarked('docs/benchmarks.md', mark, text);
