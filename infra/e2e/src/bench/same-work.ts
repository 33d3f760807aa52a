import type { Outputs, Track } from './track.ts';

/** Muxers write other boxes, and encoders of several threads differ by a hair. */
const sizeTolerance = 0.02;
/** AAC begins with a packet of silence that some muxers leave out, and one side ends the sound with the picture. */
const soundTolerancePackets = 4;

function differences(ours: Track, theirs: Track | undefined): string[] {
  const { name } = ours;
  if (theirs === undefined) return [`${name} is missing`];
  const isSound = ours.height === 0;
  const found: string[] = [];
  if (ours.width !== theirs.width || ours.height !== theirs.height)
    found.push(`${name} is ${ours.width}x${ours.height} and ${theirs.width}x${theirs.height}`);
  if (Math.abs(ours.frames - theirs.frames) > (isSound ? soundTolerancePackets : 0))
    found.push(`${name} has ${ours.frames} and ${theirs.frames} frames`);
  if (Math.abs(ours.sizeBytes / theirs.sizeBytes - 1) > sizeTolerance)
    found.push(`${name} has ${ours.sizeBytes} and ${theirs.sizeBytes} bytes`);
  return found;
}

/** Shaka Streamer's sizes may differ by the way it cuts; the pictures may not. Throws where a track has other pictures. */
export function assertSameLength(platform: Outputs, shaka: Outputs): void {
  const theirs = new Map(shaka.tracks.map((track) => [track.name, track]));
  const wrong = platform.tracks.filter(({ name, width, height, frames }) => {
    const other = theirs.get(name);
    return height > 0 && (other?.width !== width || other.height !== height || other.frames !== frames);
  });
  const told = wrong.map((track) => `${JSON.stringify(track)} and ${JSON.stringify(theirs.get(track.name))}`);
  if (wrong.length > 0) throw new Error(`platform and Shaka Streamer did not do the same work: ${told.join('; ')}`);
}

/** Comparing different work would say nothing. Throws with every difference between what the platform and ffmpeg made. */
export function assertSameWork(platform: Outputs, ffmpeg: Outputs): void {
  const theirs = new Map(ffmpeg.tracks.map((track) => [track.name, track]));
  const found = platform.tracks.flatMap((track) => differences(track, theirs.get(track.name)));
  if (platform.tracks.length !== ffmpeg.tracks.length) found.push(`${platform.tracks.length} and ${ffmpeg.tracks.length} tracks`);
  if (platform.thumbnails !== ffmpeg.thumbnails) found.push(`${platform.thumbnails} and ${ffmpeg.thumbnails} thumbnails`);
  if (found.length > 0) throw new Error(`platform and ffmpeg did not do the same work: ${found.join('; ')}`);
}
