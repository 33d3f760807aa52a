import { defaultProfile } from './built-in-profiles.ts';
import { codecTraits, deviceEncoderOf, type VideoCodec } from './codecs.ts';
import { framesPerSecond, planFrameGrid } from './frame-grid.ts';
import type { VideoRendition } from './plan.ts';
import type { CodecSettings, Profile, ProfileRung } from './profile.ts';
import type { Rational, SourceWithVideo } from './source.ts';

/** What is left of a ceiling where a picture has no size. */
const leastKbps = 64;
/** A source this little larger than a rung is scaled to it: 1088 lines are 1080 and what the codec adds. */
const sameSize = 1.05;
/** Rungs nearer to each other than this show no difference. */
const leastStep = 1.25;
/** Up to here ceilings are meant as they stand. */
const ordinaryFramesPerSecond = 30;

const evenBelow = (pixels: number): number => Math.max(2, 2 * Math.floor(pixels / 2));
const evenNear = (pixels: number): number => Math.max(2, 2 * Math.round(pixels / 2));

/** The ceiling of any size, on the straight line between the rungs beside it. */
export function ceilingBetween(rungs: readonly ProfileRung[], shortSide: number): number {
  const points = [{ shortSide: 0, ceilingKbps: leastKbps }, ...rungs].toSorted((a, b) => a.shortSide - b.shortSide);
  const above = points.find((rung) => rung.shortSide >= shortSide) ?? points.at(-1);
  const below = points.findLast((rung) => rung.shortSide <= shortSide);
  if (above === undefined || below === undefined) return leastKbps;
  const part = above.shortSide === below.shortSide ? 0 : (shortSide - below.shortSide) / (above.shortSide - below.shortSide);
  return Math.round(below.ceilingKbps + (above.ceilingKbps - below.ceilingKbps) * part);
}

/** A picture of a high rate differs less from the one before: twice the pictures take half as many bits again. */
function ceilingAt(ceilingKbps: number, rate: Rational, codec: VideoCodec): number {
  const beyond = Math.max(0, framesPerSecond(rate) / ordinaryFramesPerSecond - 1);
  return Math.round(ceilingKbps * (1 + beyond / 2) * codecTraits[codec].bitShare);
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

/**
 * The rungs a source fills, largest first. One between two rungs gets a rung of its own size on top, and goes without those that it comes
 * too near; one that fills none has only that.
 */
export function chooseRungs(short: number, { rungs, nativeTop }: Pick<Profile, 'rungs' | 'nativeTop'>): ProfileRung[] {
  const filled = rungs.filter(({ shortSide }) => shortSide <= short).toSorted((a, b) => b.shortSide - a.shortSide);
  const [top] = filled;
  const native = { shortSide: evenBelow(short), ceilingKbps: ceilingBetween(rungs, short), required: top?.required ?? true };
  if (top === undefined) return [native];
  const isBetween = rungs.some(({ shortSide }) => shortSide > short) && short > top.shortSide * sameSize;
  if (!nativeTop || !isBetween) return filled;
  return [native, ...filled.filter(({ shortSide }) => short >= shortSide * leastStep)];
}

/** Names a rendition: 720p, 720p-hevc. */
export const rungName = ({ shortSide }: Pick<ProfileRung, 'shortSide'>, { codec }: Pick<CodecSettings, 'codec'>): string =>
  codec === 'h264' ? `${shortSide}p` : `${shortSide}p-${codec}`;

/** A package without pictures is none: where a profile requires no rung, it requires the smallest of its first codec. */
function requireOne(renditions: VideoRendition[], rungs: number): VideoRendition[] {
  if (renditions.some(({ required }) => required)) return renditions;
  return renditions.map((rendition, index) => (index === rungs - 1 ? { ...rendition, required: true } : rendition));
}

/** Video renditions, codec after codec as the profile has them, each from the largest rung to the smallest. Never upscales. */
export function planLadder(
  { video, durationSeconds }: Pick<SourceWithVideo, 'video' | 'durationSeconds'>,
  profile: Profile = defaultProfile.profile,
  capabilities: readonly string[] = [],
): VideoRendition[] {
  const short = Math.min(video.width, video.height);
  const rungs = chooseRungs(short, profile);
  const { frameRate, gopFrames, segmentFrames } = planFrameGrid(video, durationSeconds, profile);
  const renditions = profile.codecs.flatMap((settings) => {
    const encoder = settings.hardware ? deviceEncoderOf(settings, capabilities) : undefined;
    return rungs.map((rung): VideoRendition => {
      const { codec, preset, crf, bitDepth } = settings;
      return {
        kind: 'video',
        name: rungName(rung, settings),
        ...{ codec, bitDepth, preset, crf },
        ...(encoder === undefined ? {} : { encoder }),
        required: rung.required && settings.required,
        ...scaleToShortSide(video, rung.shortSide),
        ...{ frameRate, gopFrames, segmentFrames },
        maxBitrateKbps: ceilingAt(rung.ceilingKbps, frameRate, codec),
      };
    });
  });
  return requireOne(renditions, rungs.length);
}
