/** Shapes that pass from the probe to the encoder and the packager; stored as JSON beside the job and its tasks. */

/** An exact rate or time base: frames a second as numerator / denominator. */
export interface Rational {
  numerator: number;
  denominator: number;
}

export interface SourceVideo {
  codec: string;
  /** As displayed: after rotation and sample aspect. */
  width: number;
  height: number;
  /** Clockwise degrees the decoder must turn the picture: 0, 90, 180, 270. */
  rotation: number;
  frameRate: Rational;
  /** Whether frames are not evenly spaced; the output is made even. */
  variableFrameRate: boolean;
  pixelFormat: string;
  /** When the first picture that can be decoded appears; sound may begin before it, and a recording in the middle of a GOP. */
  firstFrameSeconds?: number;
  /** When the last picture appears, from the start of the file; the sound may go on after it. */
  lastFrameSeconds?: number;
}

export interface SourceAudio {
  /** Index among the audio streams, from 0. */
  index: number;
  codec: string;
  channels: number;
  sampleRate: number;
  language: string | null;
}

/** What the probe found in a source. */
export interface SourceInfo {
  /** ffprobe's name of the demuxer: mov,mp4,m4a,3gp,3g2,mj2. */
  container: string;
  sizeBytes: number;
  /** The container's time that is our zero, for all its streams; 0 when absent. */
  startSeconds?: number;
  /** From the packets, not from the container's claim. */
  durationSeconds: number;
  video: SourceVideo;
  audio: SourceAudio[];
}

export interface VideoRendition {
  kind: 'video';
  /** Unique in the job and safe in a path: 720p. */
  name: string;
  width: number;
  height: number;
  frameRate: Rational;
  /** Frames from one forced keyframe to the next; divides segmentFrames. */
  gopFrames: number;
  segmentFrames: number;
  maxBitrateKbps: number;
  crf: number;
  preset: string;
}

export interface AudioRendition {
  kind: 'audio';
  name: string;
  /** Index among the source's audio streams. */
  sourceIndex: number;
  language: string | null;
  channels: number;
  sampleRate: number;
  bitrateKbps: number;
}

export interface ImagesRendition {
  kind: 'images';
  name: 'images';
  /** Where in the video each thumbnail is taken, as parts of its length: 0 to 1. */
  positions: number[];
  width: number;
  height: number;
}

export type Rendition = VideoRendition | AudioRendition | ImagesRendition;

/** A run of whole segments on the output's frame grid. */
export interface Chunk {
  index: number;
  count: number;
  startFrame: number;
  /** Null for the last chunk: up to the end of the source. */
  frameCount: number | null;
}

export interface JobPlan {
  source: SourceInfo;
  segmentSeconds: number;
  renditions: Rendition[];
}

/** What one task is to do. */
export type TaskSpec =
  | { kind: 'probe' }
  | { kind: 'video'; chunk: Chunk; renditions: VideoRendition[] }
  | { kind: 'audio'; rendition: AudioRendition }
  | { kind: 'images'; rendition: ImagesRendition }
  | { kind: 'package' }
  | { kind: 'webhook'; url: string; event: 'video.transcoded' | 'video.failed'; eventId: string; body: string };

export type TaskKind = TaskSpec['kind'];

/** An object a task left in the store. */
export interface TaskObject {
  rendition: string;
  key: string;
  sizeBytes: number;
  durationSeconds: number;
}

/** What one task made, as stored with it. */
export interface TaskResult {
  objects: TaskObject[];
}
