import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { turnClip } from '../clips.ts';
import type { CorpusEntry, Step } from './entry.ts';
import { pgsSubtitle } from './write-pgs.ts';

const run = promisify(execFile);

async function take(step: Step, dir: string): Promise<void> {
  switch (step.does) {
    case 'ffmpeg':
      await run(process.env.FFMPEG_PATH ?? 'ffmpeg', ['-v', 'error', '-nostdin', '-y', ...step.args], { cwd: dir });
      return;
    case 'append':
      for (const name of step.from) await appendFile(join(dir, step.to), await readFile(join(dir, name)));
      return;
    case 'write':
      await writeFile(join(dir, step.to), step.text);
      return;
    case 'write-pgs':
      await writeFile(join(dir, step.to), pgsSubtitle());
      return;
    case 'turn':
      await turnClip(join(dir, step.file), step.degrees);
  }
}

/** Makes the file of an entry, or finds the one made before by the same recipe in the same folder. */
export async function makeEntry({ name, file, steps }: CorpusEntry, cacheDir: string): Promise<string> {
  const recipe = createHash('sha256').update(JSON.stringify(steps)).digest('hex').slice(0, 12);
  const path = join(cacheDir, `${name}-${recipe}${extname(file)}`);
  if (existsSync(path)) return path;
  await mkdir(cacheDir, { recursive: true });
  const dir = await mkdtemp(join(cacheDir, '.making-'));
  try {
    for (const step of steps) await take(step, dir);
    await rename(join(dir, file), path);
    return path;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
