import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { makeClip } from '@streamflix/infra/testkit';
import { projectDir } from '../run/step.ts';

const recipes = {
  /** A quick one: a job around it takes seconds. */
  tiny: { seconds: 3, width: 640, height: 480, frameRate: '30', audio: true },
  /** Long enough to be interrupted half-way. */
  long: { seconds: 40, width: 1280, height: 720, frameRate: '30', audio: true },
  /** Cut into three chunks, each encoded in a few seconds. */
  chunks: { seconds: 75, width: 640, height: 360, frameRate: '30', audio: true },
  /** Cut into two chunks. */
  pair: { seconds: 48, width: 640, height: 360, frameRate: '25', audio: true },
  /** Smaller than an installation takes unless it says otherwise. */
  small: { seconds: 2, width: 320, height: 180, frameRate: '30', audio: false },
  /** What a phone makes: fractional rate, two rungs, several segments. */
  ordinary: { seconds: 14, width: 1280, height: 720, frameRate: '30000/1001', audio: true },
} as const;

/** A clip with picture and sound, made once. */
export async function sampleClip(name: keyof typeof recipes): Promise<string> {
  const dir = join(projectDir, '.local/cache/clips');
  const path = join(dir, `${name}.mp4`);
  if (existsSync(path)) return path;
  mkdirSync(dir, { recursive: true });
  const unfinished = join(dir, `${name}.${process.pid}.mp4`);
  await makeClip(unfinished, recipes[name]);
  renameSync(unfinished, path);
  return path;
}
