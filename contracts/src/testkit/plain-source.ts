import type { SourceVideo, SourceWithVideo } from '../media/source.ts';

/** A video as most are: progressive, 8 bit, ordinary colours, 720p25; with what a test changes. */
export const plainVideo = (changes: Partial<SourceVideo> = {}): SourceVideo => ({
  codec: 'h264',
  width: 1280,
  height: 720,
  rotation: 0,
  frameRate: { numerator: 25, denominator: 1 },
  variableFrameRate: false,
  pixelFormat: 'yuv420p',
  fieldOrder: 'progressive',
  colour: { transfer: 'sdr', primaries: null, matrix: null, range: 'limited', bitDepth: 8 },
  ...changes,
});

/** A silent MP4 of 20 seconds with a plain video; with what a test changes. */
export const plainSource = ({
  video,
  ...changes
}: Partial<Omit<SourceWithVideo, 'video'>> & { video?: Partial<SourceVideo> } = {}): SourceWithVideo => ({
  container: 'mov,mp4,m4a,3gp,3g2,mj2',
  sizeBytes: 1000,
  durationSeconds: 20,
  audio: [],
  text: [],
  chapters: [],
  ...changes,
  video: plainVideo(video),
});
