import type { DeviceEncoder, VideoCodec } from './codecs.ts';
import type { NamedProfile } from './profile.ts';
import type { Rational, SourceInfo } from './source.ts';

/** Shapes that pass from the probe to the encoder and the packager; stored as JSON beside the job and its tasks. */

export interface VideoRendition {
  kind: 'video';
  /** Unique in the job and safe in a path: 720p, 720p-hevc. */
  name: string;
  codec: VideoCodec;
  bitDepth: 8 | 10;
  /** That of a device, for all of its chunks; absent for the one of software. */
  encoder?: DeviceEncoder;
  /** Else the job completes without it when it cannot be made. */
  required: boolean;
  /** The source's stream as it is, not encoded again; always in one piece. */
  copied?: true;
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
  /** Unique in the job and safe in a path: audio-deu, audio-deu-5.1. */
  name: string;
  /** Index among the source's audio streams; what is made of one track shares it. */
  sourceIndex: number;
  /** As the source tags it. */
  language: string | null;
  title: string | null;
  /** Whether it plays when nobody chose another. */
  isDefault: boolean;
  /** 2 for stereo, 6 for 5.1. */
  channels: number;
  sampleRate: number;
  bitrateKbps: number;
  /** Integrated loudness it is brought to; null as it is. */
  loudnessLufs: number | null;
}

/** Subtitles as WebVTT. */
export interface TextRendition {
  kind: 'text';
  /** Unique in the job and safe in a path: text-deu. */
  name: string;
  /** Index among the source's subtitle streams. */
  sourceIndex: number;
  /** As the source tags it. */
  language: string | null;
  title: string | null;
  isForced: boolean;
  forHearingImpaired: boolean;
}

/** Stills, taken from a rung when the package is made: no task of their own. */
export interface ImagesRendition {
  kind: 'images';
  name: 'images';
  /** Where in the video each thumbnail is taken, as parts of its length: 0 to 1. */
  positions: number[];
  width: number;
  height: number;
}

export type Rendition = VideoRendition | AudioRendition | TextRendition | ImagesRendition;

/** A run of whole segments on the output's frame grid. */
export interface Chunk {
  index: number;
  count: number;
  startFrame: number;
  /** Null for the last chunk: up to the end of the source. */
  frameCount: number | null;
}

/** A rendition the job was completed without, and why. */
export interface GivenUpRendition {
  name: string;
  code: string;
  message: string;
}

/** A picture of the uploader's, made into an ordinary JPEG; it lies beside what was uploaded. */
export interface PosterPlan {
  key: string;
  width: number;
  height: number;
}

export interface JobPlan {
  /** As it was when the job was planned. */
  profile: NamedProfile;
  source: SourceInfo;
  segmentSeconds: number;
  /** Of a completed job those that were made. */
  renditions: Rendition[];
  /** Absent: the uploader gave none. */
  poster?: PosterPlan;
  /** Of a completed job. */
  givenUp?: GivenUpRendition[];
}

/** What of the source one task needs, with the source's times and its container. It lies in the job's work folder. */
export interface SourcePiece {
  key: string;
  sizeBytes: number;
}

/** What one task is to do; and the piece it does it from, where the source is too large to be fetched whole. */
export type TaskSpec = TaskWork & { piece?: SourcePiece };

/** Where a source lies that is brought into the store before anything else: with a stranger, or in a folder of the installation. */
export type SourceOrigin = { kind: 'url'; url: string } | { kind: 'folder'; folder: string; path: string };

type TaskWork =
  | { kind: 'fetch'; origin: SourceOrigin }
  | { kind: 'probe' }
  | { kind: 'video'; chunk: Chunk; renditions: VideoRendition[] }
  | { kind: 'audio'; rendition: AudioRendition }
  | { kind: 'text'; renditions: TextRendition[] }
  /** Of plans of an earlier version; stills are taken when the package is made. */
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
