import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ClipOptions {
  seconds?: number;
  width?: number;
  height?: number;
  /** As ffmpeg writes it: 30, 30000/1001. */
  frameRate?: string;
  audio?: boolean;
  /** Clockwise degrees a player is told to turn the picture: 90, 180, 270. MP4 only. */
  rotation?: number;
  /** As ffmpeg writes it: 4/3. */
  sampleAspect?: string;
  /** Further arguments before the output, such as `-movflags +faststart`. */
  outputArgs?: string[];
}

/** Rows of the display matrix by clockwise degrees, as signs of a, b, c, d; a player turns the picture by it. */
const matrices: Record<number, [a: number, b: number, c: number, d: number]> = {
  90: [0, 1, -1, 0],
  180: [-1, 0, 0, -1],
  270: [0, -1, 1, 0],
};

/** Tells players to turn the picture, clockwise. Writes the matrix into the first track header: newer builds of ffmpeg have no option for it that older ones know. */
export async function turnClip(path: string, rotation: number): Promise<void> {
  const signs = matrices[rotation];
  if (signs === undefined) throw new Error(`a clip is turned by 90, 180 or 270, not by ${rotation}`);
  await using file = await open(path, 'r+');
  const bytes = await file.readFile();
  const header = bytes.indexOf('tkhd') + 4;
  const matrix = header + (bytes[header] === 1 ? 52 : 40);
  const [a, b, c, d] = signs;
  [a, b, 0, c, d, 0].forEach((sign, index) => {
    bytes.writeInt32BE(sign * 0x10000, matrix + 4 * index);
  });
  await file.write(bytes, matrix, 24, matrix);
}

/** Makes a moving test picture with a counter in it, and a tone. The container follows the name; H.264 and AAC unless told otherwise. */
export async function makeClip(path: string, options: ClipOptions = {}): Promise<string> {
  const {
    seconds = 2,
    width = 320,
    height = 180,
    frameRate = '30',
    audio = true,
    rotation = 0,
    sampleAspect,
    outputArgs = [],
  } = options;
  const picture = `testsrc2=size=${width}x${height}:rate=${frameRate}:duration=${seconds}`;
  await run(process.env.FFMPEG_PATH ?? 'ffmpeg', [
    ...['-v', 'error', '-nostdin', '-y', '-f', 'lavfi', '-i', picture],
    ...(audio ? ['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${seconds}`] : []),
    ...(sampleAspect === undefined ? [] : ['-vf', `setsar=${sampleAspect}`]),
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
    ...outputArgs,
    path,
  ]);
  if (rotation !== 0) await turnClip(path, rotation);
  return path;
}
