/** Makes the document of today the one that may not be broken. Refuses when it breaks the last: that is another version of the API. */
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { breakingChanges } from '../src/compatibility/breaking-changes.ts';
import type { ApiDocument } from '../src/compatibility/document.ts';

const dir = join(import.meta.dirname, '../..');
const [released, current] = ['openapi.released.json', 'openapi.json'].map((name) => join(dir, name)) as [string, string];
const read = (path: string): ApiDocument => JSON.parse(readFileSync(path, 'utf8'));

const broken = breakingChanges(read(released), read(current));
for (const change of broken) console.error(change);
if (broken.length > 0) process.exitCode = 1;
else copyFileSync(current, released);
