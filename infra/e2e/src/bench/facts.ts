import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

/** "2 × Some Processor". */
export const describeMachine = (): string => `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`;

const firstLine = (text: string): string => text.split('\n')[0] ?? '';

export const describeFfmpeg = (ffmpegPath: string): string =>
  firstLine(execFileSync(ffmpegPath, ['-version'], { encoding: 'utf8' }))
    .split(' ')
    .slice(0, 3)
    .join(' ');

/** The build of x264 writes itself into what it encodes. */
export function describeEncoder(ffmpegPath: string): string {
  const picture = ['-f', 'lavfi', '-i', 'color=size=64x64:duration=0.1', '-c:v', 'libx264', '-f', 'h264', '-'];
  const bytes = execFileSync(ffmpegPath, ['-v', 'error', '-nostdin', ...picture], { encoding: 'latin1' });
  return /x264 - core \d+(?: r\d+ [0-9a-f]+)?/.exec(bytes)?.[0] ?? 'x264 of unknown build';
}
