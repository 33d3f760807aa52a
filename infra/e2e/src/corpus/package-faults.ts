import {
  type ExpectedPackage,
  type ExpectedSound,
  hearSound,
  isPackage,
  type SeenPicture,
  soundFaults,
  videoFaults,
  watchVideo,
} from '@streamflix/infra/testkit';
import type { PackagedRung, PackagedTrack, ReadPackage } from './read-package.ts';

/** HLS writes milliseconds, and a package has few segments. */
const writtenSeconds = 0.003;
const rateTolerance = 0.001;
const soundToleranceSeconds = 0.1;

function boundaryFaults(rungs: readonly PackagedRung[], pictures: readonly SeenPicture[]): string[] {
  const [first, ...others] = rungs.map(({ boundaries }) => boundaries);
  const keyframes = pictures.filter(({ isKeyframe }) => isKeyframe).map(({ seconds }) => seconds);
  return [
    ...others
      .filter((boundaries) => boundaries.join() !== first?.join())
      .map((boundaries) => `segments end at ${boundaries.join()} in one rung and at ${first?.join()} in another`),
    ...(first ?? [])
      .slice(0, -1)
      .filter((end) => !keyframes.some((seconds) => Math.abs(seconds - end) < writtenSeconds))
      .map((end) => `no keyframe begins the segment at ${end}`),
  ];
}

async function rungFaults({ video }: ExpectedPackage, rung: PackagedRung, dash: ReadPackage['dash']) {
  const seen = await watchVideo(rung.path);
  const faults = videoFaults(video, seen);
  if (seen.width !== rung.width || seen.height !== rung.height)
    faults.push(`told as ${rung.width}x${rung.height}, it is ${seen.width}x${seen.height}`);
  const fps = video.frameRate.numerator / video.frameRate.denominator;
  if (Math.abs(rung.frameRate - fps) > rateTolerance) faults.push(`told as ${rung.frameRate} frames a second`);
  const inDash = dash.find(({ width, height }) => width === rung.width && height === rung.height);
  if (inDash?.files.join() !== rung.files.join()) faults.push(`DASH has ${inDash?.files.join()} of it`);
  return { pictures: seen.pictures, faults: faults.map((fault) => `${rung.uri}: ${fault}`) };
}

const hear = async ({ path }: PackagedTrack) => hearSound(path);

async function soundAloneFaults({ soundSeconds, clicks }: ExpectedSound, { rungs, audio }: ReadPackage): Promise<string[]> {
  const faults = rungs.length === 0 && audio.length > 0 ? [] : [`${rungs.length} rungs and ${audio.length} sounds`];
  for (const track of audio) {
    const heard = await hear(track);
    const told = heard.clicks.map(({ second }) => second).join();
    if (told !== clicks.join()) faults.push(`${track.uri}: clicks of ${told}`);
    if (Math.abs(heard.seconds - soundSeconds) > soundToleranceSeconds) faults.push(`${track.uri} lasts ${heard.seconds} s`);
  }
  return faults;
}

/** Everything about a finished package that is not as the source has it. */
export async function packageFaults(expected: ExpectedPackage | ExpectedSound, read: ReadPackage): Promise<string[]> {
  if (!isPackage(expected)) return soundAloneFaults(expected, read);
  const { rungs, audio, dash } = read;
  const faults: string[] = [];
  let pictures: SeenPicture[] = [];
  if (rungs.length === 0) faults.push('there is no rung');
  for (const rung of rungs) {
    const checked = await rungFaults(expected, rung, dash);
    faults.push(...checked.faults, ...boundaryFaults(rungs, checked.pictures));
    pictures = checked.pictures;
  }
  if (audio.length === 0) faults.push(...soundFaults(expected, null, pictures));
  for (const track of audio) {
    const told = soundFaults(expected, await hear(track), pictures);
    faults.push(...told.map((fault) => `${track.uri}: ${fault}`));
  }
  return [...new Set(faults)];
}
