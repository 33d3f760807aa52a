import { planFrameGrid } from './frame-grid.ts';
import type { VideoRendition } from './plan.ts';
import type { SourceWithVideo } from './source.ts';

/** Rungs by the displayed short side, largest first. */
const rungs = [1080, 720, 480];

/** Ceilings of the bitrate by short side; between them the line is straight. */
const ceilings: readonly (readonly [shortSide: number, kbps: number])[] = [
  [0, 64],
  [240, 400],
  [360, 800],
  [480, 1400],
  [720, 2800],
  [1080, 5000],
];

const crf = 23;
const preset = 'veryfast';

const evenBelow = (pixels: number): number => Math.max(2, 2 * Math.floor(pixels / 2));
const evenNear = (pixels: number): number => Math.max(2, 2 * Math.round(pixels / 2));

export function bitrateCeilingKbps(shortSide: number): number {
  const above = ceilings.findIndex(([side]) => side >= shortSide);
  const [highSide, highKbps] = ceilings.at(above) ?? [1080, 5000];
  const [lowSide, lowKbps] = ceilings[above - 1] ?? [highSide, highKbps];
  if (highSide === lowSide) return highKbps;
  return Math.round(lowKbps + ((highKbps - lowKbps) * (shortSide - lowSide)) / (highSide - lowSide));
}

/** The picture scaled so that its short side is `shortSide`: even numbers, since 4:2:0 has no half colour samples; never larger. */
export function scaleToShortSide(
  { width, height }: { width: number; height: number },
  shortSide: number,
): { width: number; height: number } {
  const short = Math.min(width, height);
  const long = Math.max(width, height);
  const target = Math.min(shortSide, short);
  const scaledShort = evenBelow(target);
  const scaledLong = Math.min(evenNear((long * target) / short), evenBelow(long));
  return width < height ? { width: scaledShort, height: scaledLong } : { width: scaledLong, height: scaledShort };
}

/** Video renditions, largest first: every rung the source fills, or one of its own size when it fills none. Never upscales. */
export function planLadder({ video }: Pick<SourceWithVideo, 'video'>): VideoRendition[] {
  const short = Math.min(video.width, video.height);
  const filled = rungs.filter((rung) => rung <= short);
  const { frameRate, gopFrames, segmentFrames } = planFrameGrid(video);
  return (filled.length > 0 ? filled : [evenBelow(short)]).map((rung) => ({
    kind: 'video',
    name: `${rung}p`,
    ...scaleToShortSide(video, filled.length > 0 ? rung : short),
    frameRate,
    gopFrames,
    segmentFrames,
    maxBitrateKbps: bitrateCeilingKbps(rung),
    crf,
    preset,
  }));
}
