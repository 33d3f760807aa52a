import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from './files.ts';
import { runCommand } from './run-command.ts';

const durationSeconds = 30;

/** Thirty seconds of moving picture and a tone, made once per folder. */
export async function makeDemoClip(ffmpegPath: string, dir: string): Promise<string> {
  const clip = join(dir, `demo-${durationSeconds}s.mp4`);
  if (await exists(clip)) return clip;
  await mkdir(dir, { recursive: true });
  const draft = join(dir, `demo-${process.pid}.draft.mp4`);
  const picture = ['-f', 'lavfi', '-i', `testsrc2=size=1280x720:rate=30:duration=${durationSeconds}`];
  const sound = ['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${durationSeconds}`];
  const video = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-pix_fmt', 'yuv420p'];
  const audio = ['-c:a', 'aac', '-b:a', '128k', '-ac', '2'];
  const args = ['-hide_banner', '-nostdin', '-y', ...picture, ...sound, ...video, ...audio, '-movflags', '+faststart', draft];
  await runCommand(ffmpegPath, args, { logFile: join(dir, 'demo-clip.log') });
  await rename(draft, clip);
  return clip;
}
