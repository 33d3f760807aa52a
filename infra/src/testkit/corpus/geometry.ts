import type { CorpusEntry, ExpectedPackage } from './entry.ts';
import { aac, everySecond, ffmpeg, h264, long, pictures, plain, sound, whole } from './recipe.ts';

/** Filmed with the camera turned: stored on its side, with a matrix that sets it upright. */
function turned(degrees: 90 | 180 | 270, undo: string, seconds = 3): CorpusEntry {
  const file = `turned-${degrees}.mp4`;
  const size = { ...(degrees === 180 ? {} : { width: 360, height: 640 }), seconds };
  const expected: ExpectedPackage = { video: whole(size), clicks: everySecond(seconds), found: { rotation: degrees } };
  return {
    name: `turned-${degrees}`,
    file,
    steps: [ffmpeg(...pictures(size), ...sound(seconds), '-vf', undo, ...h264, ...aac, file), { does: 'turn', file, degrees }],
    expected,
  };
}

const vp9 = ['-pix_fmt', 'yuv420p', '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-c:a', 'libopus'];

export const geometry: CorpusEntry[] = [
  turned(90, 'transpose=cclock', long),
  turned(180, 'hflip,vflip'),
  turned(270, 'transpose=clock'),
  plain('portrait.mp4', { width: 540, height: 960, seconds: long }),
  plain('square.mp4', { width: 480, height: 480 }),
  plain('odd-size.mkv', { width: 641, height: 361, pixelFormat: 'yuv444p', args: ['-pix_fmt', 'yuv444p'] }),
  // Drawn in samples of full colour: the drawing makes sides even otherwise.
  plain('odd-lines.webm', { width: 641, height: 361, pixelFormat: 'yuv444p', args: vp9 }),
  plain('odd-anamorphic.mkv', { width: 640, height: 480, args: ['-vf', 'format=yuv444p,scale=853:480,setsar=640/853', ...vp9] }),
  // PAL as broadcast: 720x576 samples that are shown 1024 wide.
  plain('anamorphic.mp4', { width: 1024, height: 576, args: ['-vf', 'scale=720:576,setsar=64/45'] }),
  plain('two-rungs.mp4', { width: 1280, height: 720, seconds: long }),
];
