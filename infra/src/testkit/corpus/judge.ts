import type { ExpectedPackage, ExpectedVideo, SourcePicture } from './entry.ts';
import type { SeenPicture, SeenSound, SeenVideo } from './read-media.ts';

const toldFaults = 4;
/** Containers round times to their time base, and a picture exactly between two places may go to either. */
const rounding = 0.05;
const soundToleranceSeconds = 0.1;

const few = (faults: string[]): string[] =>
  faults.length <= toldFaults ? faults : [...faults.slice(0, toldFaults), `and ${faults.length - toldFaults} more like it`];

/** The picture that was last shown at a moment; the first one before it begins. */
function lastShown(pictures: readonly SourcePicture[], seconds: number): SourcePicture | undefined {
  return pictures.findLast((picture) => picture.seconds <= seconds) ?? pictures[0];
}

function sizeFaults({ width, height }: ExpectedVideo, seen: SeenVideo): string[] {
  const faults: string[] = [];
  const isWide = width >= height;
  const long = isWide ? seen.width : seen.height;
  const short = isWide ? seen.height : seen.width;
  const wanted = (short * Math.max(width, height)) / Math.min(width, height);
  if (Math.abs(long - wanted) > 2) faults.push(`${seen.width}x${seen.height} has not the shape of ${width}x${height}`);
  if (seen.width > width || seen.height > height) faults.push(`${seen.width}x${seen.height} is larger than the source`);
  if (seen.sampleAspect !== null && seen.sampleAspect !== '1:1') faults.push(`samples of ${seen.sampleAspect}`);
  if (seen.isTurned) faults.push('a player is told to turn it');
  return faults;
}

/** Each picture in its place: none lost, repeated or exchanged beyond what the change of rate asks for. */
function contentFaults({ frameRate, frames, pictures }: ExpectedVideo, seen: SeenPicture[]): string[] {
  const frameSeconds = frameRate.denominator / frameRate.numerator;
  const wrong = seen.flatMap(({ number, seconds }, index) => {
    const due = index * frameSeconds;
    if (Math.abs(seconds - due) > 0.001) return [`frame ${index} is shown at ${seconds} instead of ${due.toFixed(4)}`];
    const places = [0.5 - rounding, 0.5 + rounding].map((part) => lastShown(pictures, due + part * frameSeconds)?.number);
    return number !== null && places.includes(number) ? [] : [`frame ${index} shows ${number} instead of ${places[0]}`];
  });
  return [...(seen.length === frames ? [] : [`${seen.length} frames instead of ${frames}`]), ...few(wrong)];
}

function colourFaults({ colour }: ExpectedVideo, { colour: told, pixelFormat, pictures }: SeenVideo): string[] {
  const faults: string[] = [];
  if (pixelFormat !== 'yuv420p') faults.push(`pixels are ${pixelFormat}`);
  if (told.range !== 'tv') faults.push(`the range is tagged ${told.range}`);
  for (const name of ['primaries', 'transfer', 'matrix'] as const) {
    const wanted = colour?.[name];
    if (told[name] === null || (wanted !== undefined && told[name] !== wanted))
      faults.push(`${name} are tagged ${told[name]} instead of ${wanted ?? 'at all'}`);
  }
  const [low, high] = colour?.white ?? [0, 255];
  const dim = pictures.filter(({ white, black }) => white < low || white > high || black > 24 || black < 8);
  if (dim.length > 0) faults.push(`white is ${dim[0]?.white} and black ${dim[0]?.black}, not ${low} to ${high} and 16`);
  const [least, most] = colour?.saturation ?? [0, 255];
  const pale = pictures.filter(({ saturation }) => saturation < least || saturation > most);
  if (pale.length > 0) faults.push(`its colour is ${pale[0]?.saturation} from grey, not ${least} to ${most}`);
  return faults;
}

export const videoFaults = (expected: ExpectedVideo, seen: SeenVideo): string[] => [
  ...sizeFaults(expected, seen),
  ...colourFaults(expected, seen),
  ...contentFaults(expected, seen.pictures),
];

/** How much later than in the source a picture near a moment is shown. */
function delayNear({ pictures }: ExpectedVideo, seen: SeenPicture[], moment: number): number {
  const known = new Map(pictures.map(({ number, seconds }) => [number, seconds]));
  const delays = new Map<number, number>();
  for (const { number, seconds } of seen) {
    const inSource = number === null ? undefined : known.get(number);
    // Where pictures stand still before they begin, only the last copy is in its place.
    if (inSource !== undefined && (!delays.has(inSource) || seconds <= inSource)) delays.set(inSource, seconds - inSource);
  }
  const nearest = [...delays.keys()].toSorted((a, b) => Math.abs(a - moment) - Math.abs(b - moment)).at(0);
  return nearest === undefined ? Number.NaN : (delays.get(nearest) ?? Number.NaN);
}

/** Every click there, once; and at the begin and at the end not a frame before or after its picture. */
export function soundFaults(
  { video, clicks, clicksFrom = 0 }: ExpectedPackage,
  seen: SeenSound | null,
  pictures: SeenPicture[],
): string[] {
  if (clicks === null || seen === null) return clicks === null && seen === null ? [] : ['sound is there or missing'];
  const faults: string[] = [];
  const heard = seen.clicks.map(({ second }) => second);
  if (heard.join() !== clicks.join()) faults.push(`clicks of ${heard.join()} are heard instead of ${clicks.join()}`);
  const frameSeconds = video.frameRate.denominator / video.frameRate.numerator;
  const lasts = video.frames * frameSeconds;
  if (Math.abs(seen.seconds - lasts) > soundToleranceSeconds) faults.push(`the sound lasts ${seen.seconds} s, not ${lasts}`);
  for (const click of [seen.clicks.at(0), seen.clicks.at(-1)]) {
    if (click === undefined) continue;
    const due = click.second + clicksFrom;
    const skew = click.atSeconds - due - delayNear(video, pictures, due);
    if (!(Math.abs(skew) < frameSeconds)) faults.push(`the click of ${click.second} s is ${skew.toFixed(4)} s off its picture`);
  }
  return faults;
}
