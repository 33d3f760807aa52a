import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClipOptions, makeClip } from '@streamflix/infra/testkit';
import { projectDir } from '../run/step.ts';

/** Small, but each with something of its own; the broken one must be refused. */
const recipes = {
  sound: { seconds: 4, width: 640, height: 360 },
  silent: { seconds: 3, width: 426, height: 240, audio: false },
  portrait: { seconds: 3, width: 240, height: 426 },
  turned: { seconds: 3, width: 426, height: 240, rotation: 90 },
  // Sides that no encoder of 4:2:0 takes, and a rate that is no whole number.
  odd: { seconds: 3, width: 333, height: 251, frameRate: '24000/1001', outputArgs: ['-pix_fmt', 'yuv444p'] },
  // Of several chunks, for a kill to cost one of them.
  chunked: { seconds: 65, width: 426, height: 240, frameRate: '15' },
} as const satisfies Record<string, ClipOptions>;

export type ClipName = keyof typeof recipes | 'broken';
export const clipNames = [...Object.keys(recipes), 'broken'] as unknown as readonly [ClipName, ...ClipName[]];

export const isGood = (clip: ClipName): boolean => clip !== 'broken';

/** The path of the clip, made once. */
export async function chaosClip(name: ClipName): Promise<string> {
  const dir = join(projectDir, '.local/cache/clips');
  const path = join(dir, `chaos-${name}.mp4`);
  if (existsSync(path)) return path;
  mkdirSync(dir, { recursive: true });
  const draft = join(dir, `chaos-${name}.${process.pid}.mp4`);
  if (name === 'broken') writeFileSync(draft, 'This is no video, whatever its name says.\n'.repeat(100));
  else await makeClip(draft, recipes[name]);
  renameSync(draft, path);
  return path;
}
