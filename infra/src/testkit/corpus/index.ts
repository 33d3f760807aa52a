import { containers } from './containers.ts';
import type { CorpusEntry } from './entry.ts';
import { geometry } from './geometry.ts';
import { rates } from './rates.ts';
import { scanAndColour } from './scan-and-colour.ts';
import { times } from './times.ts';
import { tracks } from './tracks.ts';

/** Every kind of file that people have, small enough to make all of them in a minute or two. */
export const corpus: readonly CorpusEntry[] = [...rates, ...geometry, ...scanAndColour, ...tracks, ...containers, ...times];

export * from './barcode.ts';
export * from './clicks.ts';
export * from './entry.ts';
export * from './judge.ts';
export { makeEntry } from './make-entry.ts';
export * from './read-media.ts';
export * from './source-faults.ts';
