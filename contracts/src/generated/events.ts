// Made by `npm run generate` from schemas/. Change the schema, not this file.

/** One task of a job is ready for a worker. A doorbell: the claim in the database decides who runs it. */
export interface JobAssigned {
  /** Unique id of this event (UUID). A repeated delivery carries the same id; consumers keep it to recognise one. */
  eventId: string;
  /** When it happened, in milliseconds since 1970-01-01T00:00:00Z. */
  occurredAt: number;
  /** The tenant that owns the video: 1 to 64 of a-z, 0-9, hyphen and underscore. */
  tenantId: string;
  /** The tenant's own id of the video: 1 to 128 of letters, digits, dot, hyphen, underscore. */
  videoId: string;
  /** The transcoding job (UUID). */
  jobId: string;
  /** The task (UUID). */
  taskId: string;
  /** The pool of workers that runs it. */
  pool: string;
  /** What it makes: video, audio or images. */
  kind: string;
  /** Which chunk of the video this is, from 0. */
  chunkIndex: number;
  /** Into how many chunks the video is cut. */
  chunkCount: number;
  /** Names of the renditions the task makes. */
  renditions: string[];
  /** 10 critical, 5 normal, 3 low, 1 background. */
  priority: number;
}

/** Somebody asks something of a running job. The database already holds the decision; this wakes the workers. */
export interface JobControlRequested {
  /** Unique id of this event (UUID). A repeated delivery carries the same id; consumers keep it to recognise one. */
  eventId: string;
  /** When it happened, in milliseconds since 1970-01-01T00:00:00Z. */
  occurredAt: number;
  /** The tenant that owns the video: 1 to 64 of a-z, 0-9, hyphen and underscore. */
  tenantId: string;
  /** The tenant's own id of the video: 1 to 128 of letters, digits, dot, hyphen, underscore. */
  videoId: string;
  /** The transcoding job (UUID). */
  jobId: string;
  /** What is asked: cancel or retry. Readers ignore actions they do not know. */
  action: string;
  /** The one task it concerns, or null for the whole job. */
  taskId: null | string;
  /** Who asked: a user, a key or a service. */
  requestedBy: string;
  /** Why, in the asker's words. */
  reason: null | string;
}

/** A job exists for an uploaded video; its source waits to be probed. */
export interface JobCreated {
  /** Unique id of this event (UUID). A repeated delivery carries the same id; consumers keep it to recognise one. */
  eventId: string;
  /** When it happened, in milliseconds since 1970-01-01T00:00:00Z. */
  occurredAt: number;
  /** The tenant that owns the video: 1 to 64 of a-z, 0-9, hyphen and underscore. */
  tenantId: string;
  /** The tenant's own id of the video: 1 to 128 of letters, digits, dot, hyphen, underscore. */
  videoId: string;
  /** The transcoding job (UUID). */
  jobId: string;
  /** Bucket that holds the source. */
  sourceBucket: string;
  /** Object key of the source. */
  sourceKey: string;
  /** ETag of the source when the job was made; with the key it is the identity of the job. */
  sourceEtag: string;
  /** 10 critical, 5 normal, 3 low, 1 background. */
  priority: number;
}

/** How far a task and its job are. At most two a second a task; losing one is harmless. */
export interface JobProgressed {
  /** Unique id of this event (UUID). A repeated delivery carries the same id; consumers keep it to recognise one. */
  eventId: string;
  /** When it happened, in milliseconds since 1970-01-01T00:00:00Z. */
  occurredAt: number;
  /** The tenant that owns the video: 1 to 64 of a-z, 0-9, hyphen and underscore. */
  tenantId: string;
  /** The tenant's own id of the video: 1 to 128 of letters, digits, dot, hyphen, underscore. */
  videoId: string;
  /** The transcoding job (UUID). */
  jobId: string;
  /** The task, or null when the job itself moved. */
  taskId: null | string;
  /** probe, encode, package. */
  stage: string;
  /** State of the job. */
  state: string;
  /** How much of the task is done, 0 to 1. */
  taskProgress: number;
  /** How much of the job is done, 0 to 1. */
  jobProgress: number;
  /** Media seconds worked off per second, when known. */
  speed: null | number;
}

/** One rendition is complete in the store. */
export interface RenditionDone {
  /** Unique id of this event (UUID). A repeated delivery carries the same id; consumers keep it to recognise one. */
  eventId: string;
  /** When it happened, in milliseconds since 1970-01-01T00:00:00Z. */
  occurredAt: number;
  /** The tenant that owns the video: 1 to 64 of a-z, 0-9, hyphen and underscore. */
  tenantId: string;
  /** The tenant's own id of the video: 1 to 128 of letters, digits, dot, hyphen, underscore. */
  videoId: string;
  /** The transcoding job (UUID). */
  jobId: string;
  /** Name of the rendition, unique in its job: 720p, audio, images. */
  renditionName: string;
  /** video, audio or images. */
  kind: string;
  /** Objects of the rendition's chunks, in order. */
  objectKeys: string[];
  /** Size of all of them in bytes. */
  sizeBytes: number;
  /** Length of the rendition in seconds; 0 for images. */
  durationSeconds: number;
}

/** The outcome of a job that cannot or shall not be finished. One per job. */
export interface VideoFailed {
  /** Unique id of this event (UUID). A repeated delivery carries the same id; consumers keep it to recognise one. */
  eventId: string;
  /** When it happened, in milliseconds since 1970-01-01T00:00:00Z. */
  occurredAt: number;
  /** The tenant that owns the video: 1 to 64 of a-z, 0-9, hyphen and underscore. */
  tenantId: string;
  /** The tenant's own id of the video: 1 to 128 of letters, digits, dot, hyphen, underscore. */
  videoId: string;
  /** The transcoding job (UUID). */
  jobId: string;
  /** Stable code from the error catalogue: SOURCE_CORRUPT. */
  code: string;
  /** What went wrong, for a person. */
  message: string;
  /** Whether the same source may succeed when it is submitted again. */
  retriable: boolean;
  /** Where it ended: ingest, probe, encode, package. */
  stage: string;
  /** Whatever the uploader attached, carried through unchanged. */
  metadata: Record<string, string>;
}

/** The outcome of a job that went well: a complete, verified, immutable package. One per job. */
export interface VideoTranscoded {
  /** Unique id of this event (UUID). A repeated delivery carries the same id; consumers keep it to recognise one. */
  eventId: string;
  /** When it happened, in milliseconds since 1970-01-01T00:00:00Z. */
  occurredAt: number;
  /** The tenant that owns the video: 1 to 64 of a-z, 0-9, hyphen and underscore. */
  tenantId: string;
  /** The tenant's own id of the video: 1 to 128 of letters, digits, dot, hyphen, underscore. */
  videoId: string;
  /** The transcoding job (UUID). */
  jobId: string;
  /** Prefix of the package's objects in the store, ending in a slash. */
  packagePrefix: string;
  /** Version of the package; a later one lies beside it, never over it. */
  packageVersion: number;
  /** The HLS multivariant playlist. */
  hlsManifestUrl: string;
  /** The DASH manifest. */
  dashManifestUrl: string;
  /** Length of the video in seconds. */
  durationSeconds: number;
  /** Video renditions, largest first. */
  renditions: PackagedRendition[];
  /** Audio renditions. */
  audio: AudioTrack[];
  /** Text tracks. */
  text: TextTrack[];
  /** Pictures. */
  images: ImageAsset[];
  /** What was checked before publishing. */
  verification: VerificationSummary;
  /** Whatever the uploader attached, carried through unchanged. */
  metadata: Record<string, string>;
  /** What the source was found to be; null in events of earlier versions. */
  source: null | FoundSource;
}

/** A source video lies complete in the object store and is to be transcoded. */
export interface VideoUploaded {
  /** Unique id of this event (UUID). A repeated delivery carries the same id; consumers keep it to recognise one. */
  eventId: string;
  /** When it happened, in milliseconds since 1970-01-01T00:00:00Z. */
  occurredAt: number;
  /** The tenant that owns the video: 1 to 64 of a-z, 0-9, hyphen and underscore. */
  tenantId: string;
  /** The tenant's own id of the video: 1 to 128 of letters, digits, dot, hyphen, underscore. */
  videoId: string;
  /** Bucket that holds the source. */
  sourceBucket: string;
  /** Object key of the source in that bucket. */
  sourceKey: string;
  /** The name the uploader gave the file; shown, never used as a path. */
  filename: null | string;
  /** Media type the uploader claimed; the probe decides by content. */
  contentType: null | string;
  /** Size of the source in bytes, when known. */
  sizeBytes: null | number;
  /** SHA-256 of the source in lower-case hex, when known. */
  checksumSha256: null | string;
  /** Name of the encoding profile; null means the tenant's default. */
  profile: null | string;
  /** 10 critical, 5 normal, 3 low, 1 background. */
  priority: number;
  /** Where to POST the outcome. */
  webhookUrl: null | string;
  /** After this time the outcome is worthless: the job fails as expired. Milliseconds since the epoch. */
  deadlineAt: null | number;
  /** Whatever the uploader attached, carried through unchanged. */
  metadata: Record<string, string>;
}

/** One video rendition of the package. */
export interface PackagedRendition {
  /** Name of the rendition: 720p. */
  name: string;
  /** Width in pixels, as displayed. */
  width: number;
  /** Height in pixels, as displayed. */
  height: number;
  /** Average bitrate in kilobits (1,000 bits) a second. */
  bitrateKbps: number;
  /** RFC 6381 codec string: avc1.64001f. */
  codec: string;
  /** Frames a second. */
  frameRate: number;
  /** Size of its segments in bytes. */
  sizeBytes: number;
}

/** One audio rendition of the package. */
export interface AudioTrack {
  /** Name of the rendition. */
  name: string;
  /** BCP 47 tag, when known. */
  language: null | string;
  /** Number of channels. */
  channels: number;
  /** Average bitrate in kilobits a second. */
  bitrateKbps: number;
  /** RFC 6381 codec string: mp4a.40.2. */
  codec: string;
  /** Size of its segments in bytes. */
  sizeBytes: number;
  /** What a person picks it by: its language in its own words, and its title. */
  label: string;
  /** Whether it plays when nobody chose another. */
  isDefault: boolean;
}

/** One text track of the package. */
export interface TextTrack {
  /** Name of the track. */
  name: string;
  /** BCP 47 tag, when known. */
  language: null | string;
  /** subtitles, captions or chapters. */
  kind: string;
  /** Where it lies. */
  url: string;
  /** What a person picks it by. */
  label: string;
  /** Whether it is to be shown to those who asked for no subtitles: signs, foreign dialogue. */
  isForced: boolean;
  /** Whether it tells sounds too. */
  forHearingImpaired: boolean;
}

/** One picture made from the video. */
export interface ImageAsset {
  /** thumbnail, sprite or custom. */
  kind: string;
  /** Where in the video it was taken, in seconds. */
  positionSeconds: number;
  /** Width in pixels. */
  width: number;
  /** Height in pixels. */
  height: number;
  /** Where it lies. */
  url: string;
}

/** What was checked before the package was published. */
export interface VerificationSummary {
  /** Whether every check held; a package that fails is never published. */
  passed: boolean;
  /** How many checks ran. */
  checks: number;
  /** How many segments were looked at. */
  segments: number;
  /** Largest difference between a rendition's length and the video's, in seconds. */
  maxDurationErrorSeconds: number;
  /** What is odd but harmless. */
  warnings: string[];
  /** Every check, by name. */
  results: CheckResult[];
}

/** What a source was found to be, by its bytes and packets and not by its claims. */
export interface FoundSource {
  /** ffmpeg's name of it: mov,mp4,m4a,3gp,3g2,mj2. */
  container: string;
  /** Size of the file in bytes. */
  sizeBytes: number;
  /** Length in seconds. */
  durationSeconds: number;
  /** Null for sound alone. */
  video: null | FoundVideo;
  /** Audio tracks in the source's order, at most 100. */
  audio: FoundAudio[];
  /** Subtitle tracks in the source's order, at most 100. */
  text: FoundText[];
  /** Chapters, at most 500. */
  chapters: FoundChapter[];
}

/** One check and what it found. */
export interface CheckResult {
  /** Name of the check: files-present. */
  name: string;
  /** Whether it held. */
  passed: boolean;
  /** The first faults in words; empty when it held. */
  detail: string;
}

/** The pictures of a source. */
export interface FoundVideo {
  /** ffmpeg's name of it: h264, hevc, vp9. */
  codec: string;
  /** Width in pixels as displayed, after rotation and sample aspect. */
  width: number;
  /** Height in pixels as displayed. */
  height: number;
  /** Frames a second. */
  frameRate: number;
  /** Whether they are not evenly spaced; the package is even. */
  variableFrameRate: boolean;
  /** progressive, top-first or bottom-first; the package is progressive. */
  fieldOrder: string;
  /** Clockwise degrees the stored picture was turned by: 0, 90, 180, 270. */
  rotation: number;
  /** ffmpeg's name of how samples are stored: yuv420p. */
  pixelFormat: string;
  /** Bits of a sample. */
  bitDepth: number;
  /** sdr, or pq and hlg of high dynamic range, which the package shows as SDR. */
  transfer: string;
  /** As the stream tags it: bt709; null where it says nothing. */
  primaries: null | string;
  /** As the stream tags it: bt709; null where it says nothing. */
  matrix: null | string;
  /** limited or full. */
  range: string;
}

/** One audio track of a source. */
export interface FoundAudio {
  /** ffmpeg's name of it: aac, opus. */
  codec: string;
  /** Number of channels. */
  channels: number;
  /** ffmpeg's name of the channel layout: stereo, 5.1(side). */
  layout: null | string;
  /** Samples a second. */
  sampleRate: number;
  /** As the source tags it. */
  language: null | string;
  /** As the source tags it, its first 200 characters. */
  title: null | string;
  /** Whether the source says that it plays when nobody chose another. */
  isDefault: boolean;
}

/** One subtitle track of a source. */
export interface FoundText {
  /** ffmpeg's name of it: subrip, hdmv_pgs_subtitle. */
  codec: string;
  /** text or picture; pictures are not carried over. */
  format: string;
  /** As the source tags it. */
  language: null | string;
  /** As the source tags it, its first 200 characters. */
  title: null | string;
  /** Whether it is to be shown to those who asked for no subtitles. */
  isForced: boolean;
  /** Whether it tells sounds too. */
  forHearingImpaired: boolean;
}

/** One chapter of a source. */
export interface FoundChapter {
  /** Where it begins. */
  startSeconds: number;
  /** Where it ends. */
  endSeconds: number;
  /** As the source tags it, its first 200 characters. */
  title: null | string;
}

/** Every event by its name. */
export interface EventTypes {
  JobAssigned: JobAssigned;
  JobControlRequested: JobControlRequested;
  JobCreated: JobCreated;
  JobProgressed: JobProgressed;
  RenditionDone: RenditionDone;
  VideoFailed: VideoFailed;
  VideoTranscoded: VideoTranscoded;
  VideoUploaded: VideoUploaded;
}

/** The Avro schemas as they stand in schemas/, so that a process needs neither the files nor the registry to check an event. */
export const eventSchemas = {
  JobAssigned: {"type":"record","name":"JobAssigned","namespace":"dev.streamflix.events","doc":"One task of a job is ready for a worker. A doorbell: the claim in the database decides who runs it.","fields":[{"name":"eventId","type":"string","doc":"Unique id of this event (UUID). A repeated delivery carries the same id; consumers keep it to recognise one."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, in milliseconds since 1970-01-01T00:00:00Z."},{"name":"tenantId","type":"string","doc":"The tenant that owns the video: 1 to 64 of a-z, 0-9, hyphen and underscore."},{"name":"videoId","type":"string","doc":"The tenant's own id of the video: 1 to 128 of letters, digits, dot, hyphen, underscore."},{"name":"jobId","type":"string","doc":"The transcoding job (UUID)."},{"name":"taskId","type":"string","doc":"The task (UUID)."},{"name":"pool","type":"string","doc":"The pool of workers that runs it."},{"name":"kind","type":"string","doc":"What it makes: video, audio or images."},{"name":"chunkIndex","type":"int","doc":"Which chunk of the video this is, from 0.","default":0},{"name":"chunkCount","type":"int","doc":"Into how many chunks the video is cut.","default":1},{"name":"renditions","type":{"type":"array","items":"string"},"doc":"Names of the renditions the task makes.","default":[]},{"name":"priority","type":"int","doc":"10 critical, 5 normal, 3 low, 1 background.","default":5}]},
  JobControlRequested: {"type":"record","name":"JobControlRequested","namespace":"dev.streamflix.events","doc":"Somebody asks something of a running job. The database already holds the decision; this wakes the workers.","fields":[{"name":"eventId","type":"string","doc":"Unique id of this event (UUID). A repeated delivery carries the same id; consumers keep it to recognise one."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, in milliseconds since 1970-01-01T00:00:00Z."},{"name":"tenantId","type":"string","doc":"The tenant that owns the video: 1 to 64 of a-z, 0-9, hyphen and underscore."},{"name":"videoId","type":"string","doc":"The tenant's own id of the video: 1 to 128 of letters, digits, dot, hyphen, underscore."},{"name":"jobId","type":"string","doc":"The transcoding job (UUID)."},{"name":"action","type":"string","doc":"What is asked: cancel or retry. Readers ignore actions they do not know."},{"name":"taskId","type":["null","string"],"default":null,"doc":"The one task it concerns, or null for the whole job."},{"name":"requestedBy","type":"string","doc":"Who asked: a user, a key or a service."},{"name":"reason","type":["null","string"],"default":null,"doc":"Why, in the asker's words."}]},
  JobCreated: {"type":"record","name":"JobCreated","namespace":"dev.streamflix.events","doc":"A job exists for an uploaded video; its source waits to be probed.","fields":[{"name":"eventId","type":"string","doc":"Unique id of this event (UUID). A repeated delivery carries the same id; consumers keep it to recognise one."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, in milliseconds since 1970-01-01T00:00:00Z."},{"name":"tenantId","type":"string","doc":"The tenant that owns the video: 1 to 64 of a-z, 0-9, hyphen and underscore."},{"name":"videoId","type":"string","doc":"The tenant's own id of the video: 1 to 128 of letters, digits, dot, hyphen, underscore."},{"name":"jobId","type":"string","doc":"The transcoding job (UUID)."},{"name":"sourceBucket","type":"string","doc":"Bucket that holds the source."},{"name":"sourceKey","type":"string","doc":"Object key of the source."},{"name":"sourceEtag","type":"string","doc":"ETag of the source when the job was made; with the key it is the identity of the job."},{"name":"priority","type":"int","doc":"10 critical, 5 normal, 3 low, 1 background.","default":5}]},
  JobProgressed: {"type":"record","name":"JobProgressed","namespace":"dev.streamflix.events","doc":"How far a task and its job are. At most two a second a task; losing one is harmless.","fields":[{"name":"eventId","type":"string","doc":"Unique id of this event (UUID). A repeated delivery carries the same id; consumers keep it to recognise one."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, in milliseconds since 1970-01-01T00:00:00Z."},{"name":"tenantId","type":"string","doc":"The tenant that owns the video: 1 to 64 of a-z, 0-9, hyphen and underscore."},{"name":"videoId","type":"string","doc":"The tenant's own id of the video: 1 to 128 of letters, digits, dot, hyphen, underscore."},{"name":"jobId","type":"string","doc":"The transcoding job (UUID)."},{"name":"taskId","type":["null","string"],"default":null,"doc":"The task, or null when the job itself moved."},{"name":"stage","type":"string","doc":"probe, encode, package."},{"name":"state","type":"string","doc":"State of the job."},{"name":"taskProgress","type":"double","doc":"How much of the task is done, 0 to 1.","default":0},{"name":"jobProgress","type":"double","doc":"How much of the job is done, 0 to 1."},{"name":"speed","type":["null","double"],"default":null,"doc":"Media seconds worked off per second, when known."}]},
  RenditionDone: {"type":"record","name":"RenditionDone","namespace":"dev.streamflix.events","doc":"One rendition is complete in the store.","fields":[{"name":"eventId","type":"string","doc":"Unique id of this event (UUID). A repeated delivery carries the same id; consumers keep it to recognise one."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, in milliseconds since 1970-01-01T00:00:00Z."},{"name":"tenantId","type":"string","doc":"The tenant that owns the video: 1 to 64 of a-z, 0-9, hyphen and underscore."},{"name":"videoId","type":"string","doc":"The tenant's own id of the video: 1 to 128 of letters, digits, dot, hyphen, underscore."},{"name":"jobId","type":"string","doc":"The transcoding job (UUID)."},{"name":"renditionName","type":"string","doc":"Name of the rendition, unique in its job: 720p, audio, images."},{"name":"kind","type":"string","doc":"video, audio or images."},{"name":"objectKeys","type":{"type":"array","items":"string"},"doc":"Objects of the rendition's chunks, in order."},{"name":"sizeBytes","type":"long","doc":"Size of all of them in bytes."},{"name":"durationSeconds","type":"double","doc":"Length of the rendition in seconds; 0 for images.","default":0}]},
  VideoFailed: {"type":"record","name":"VideoFailed","namespace":"dev.streamflix.events","doc":"The outcome of a job that cannot or shall not be finished. One per job.","fields":[{"name":"eventId","type":"string","doc":"Unique id of this event (UUID). A repeated delivery carries the same id; consumers keep it to recognise one."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, in milliseconds since 1970-01-01T00:00:00Z."},{"name":"tenantId","type":"string","doc":"The tenant that owns the video: 1 to 64 of a-z, 0-9, hyphen and underscore."},{"name":"videoId","type":"string","doc":"The tenant's own id of the video: 1 to 128 of letters, digits, dot, hyphen, underscore."},{"name":"jobId","type":"string","doc":"The transcoding job (UUID)."},{"name":"code","type":"string","doc":"Stable code from the error catalogue: SOURCE_CORRUPT."},{"name":"message","type":"string","doc":"What went wrong, for a person."},{"name":"retriable","type":"boolean","doc":"Whether the same source may succeed when it is submitted again."},{"name":"stage","type":"string","doc":"Where it ended: ingest, probe, encode, package."},{"name":"metadata","type":{"type":"map","values":"string"},"default":{},"doc":"Whatever the uploader attached, carried through unchanged."}]},
  VideoTranscoded: {"type":"record","name":"VideoTranscoded","namespace":"dev.streamflix.events","doc":"The outcome of a job that went well: a complete, verified, immutable package. One per job.","fields":[{"name":"eventId","type":"string","doc":"Unique id of this event (UUID). A repeated delivery carries the same id; consumers keep it to recognise one."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, in milliseconds since 1970-01-01T00:00:00Z."},{"name":"tenantId","type":"string","doc":"The tenant that owns the video: 1 to 64 of a-z, 0-9, hyphen and underscore."},{"name":"videoId","type":"string","doc":"The tenant's own id of the video: 1 to 128 of letters, digits, dot, hyphen, underscore."},{"name":"jobId","type":"string","doc":"The transcoding job (UUID)."},{"name":"packagePrefix","type":"string","doc":"Prefix of the package's objects in the store, ending in a slash."},{"name":"packageVersion","type":"int","doc":"Version of the package; a later one lies beside it, never over it."},{"name":"hlsManifestUrl","type":"string","doc":"The HLS multivariant playlist."},{"name":"dashManifestUrl","type":"string","doc":"The DASH manifest."},{"name":"durationSeconds","type":"double","doc":"Length of the video in seconds."},{"name":"renditions","type":{"type":"array","items":{"type":"record","name":"PackagedRendition","doc":"One video rendition of the package.","fields":[{"name":"name","type":"string","doc":"Name of the rendition: 720p."},{"name":"width","type":"int","doc":"Width in pixels, as displayed."},{"name":"height","type":"int","doc":"Height in pixels, as displayed."},{"name":"bitrateKbps","type":"int","doc":"Average bitrate in kilobits (1,000 bits) a second."},{"name":"codec","type":"string","doc":"RFC 6381 codec string: avc1.64001f."},{"name":"frameRate","type":"double","doc":"Frames a second."},{"name":"sizeBytes","type":"long","doc":"Size of its segments in bytes."}]}},"doc":"Video renditions, largest first."},{"name":"audio","type":{"type":"array","items":{"type":"record","name":"AudioTrack","doc":"One audio rendition of the package.","fields":[{"name":"name","type":"string","doc":"Name of the rendition."},{"name":"language","type":["null","string"],"default":null,"doc":"BCP 47 tag, when known."},{"name":"channels","type":"int","doc":"Number of channels."},{"name":"bitrateKbps","type":"int","doc":"Average bitrate in kilobits a second."},{"name":"codec","type":"string","doc":"RFC 6381 codec string: mp4a.40.2."},{"name":"sizeBytes","type":"long","doc":"Size of its segments in bytes."},{"name":"label","type":"string","default":"","doc":"What a person picks it by: its language in its own words, and its title."},{"name":"isDefault","type":"boolean","default":false,"doc":"Whether it plays when nobody chose another."}]}},"doc":"Audio renditions.","default":[]},{"name":"text","type":{"type":"array","items":{"type":"record","name":"TextTrack","doc":"One text track of the package.","fields":[{"name":"name","type":"string","doc":"Name of the track."},{"name":"language","type":["null","string"],"default":null,"doc":"BCP 47 tag, when known."},{"name":"kind","type":"string","doc":"subtitles, captions or chapters."},{"name":"url","type":"string","doc":"Where it lies."},{"name":"label","type":"string","default":"","doc":"What a person picks it by."},{"name":"isForced","type":"boolean","default":false,"doc":"Whether it is to be shown to those who asked for no subtitles: signs, foreign dialogue."},{"name":"forHearingImpaired","type":"boolean","default":false,"doc":"Whether it tells sounds too."}]}},"doc":"Text tracks.","default":[]},{"name":"images","type":{"type":"array","items":{"type":"record","name":"ImageAsset","doc":"One picture made from the video.","fields":[{"name":"kind","type":"string","doc":"thumbnail, sprite or custom."},{"name":"positionSeconds","type":"double","doc":"Where in the video it was taken, in seconds."},{"name":"width","type":"int","doc":"Width in pixels."},{"name":"height","type":"int","doc":"Height in pixels."},{"name":"url","type":"string","doc":"Where it lies."}]}},"doc":"Pictures.","default":[]},{"name":"verification","type":{"type":"record","name":"VerificationSummary","doc":"What was checked before the package was published.","fields":[{"name":"passed","type":"boolean","doc":"Whether every check held; a package that fails is never published."},{"name":"checks","type":"int","doc":"How many checks ran."},{"name":"segments","type":"int","doc":"How many segments were looked at."},{"name":"maxDurationErrorSeconds","type":"double","doc":"Largest difference between a rendition's length and the video's, in seconds."},{"name":"warnings","type":{"type":"array","items":"string"},"doc":"What is odd but harmless.","default":[]},{"name":"results","type":{"type":"array","items":{"type":"record","name":"CheckResult","doc":"One check and what it found.","fields":[{"name":"name","type":"string","doc":"Name of the check: files-present."},{"name":"passed","type":"boolean","doc":"Whether it held."},{"name":"detail","type":"string","default":"","doc":"The first faults in words; empty when it held."}]}},"default":[],"doc":"Every check, by name."}]},"doc":"What was checked before publishing."},{"name":"metadata","type":{"type":"map","values":"string"},"default":{},"doc":"Whatever the uploader attached, carried through unchanged."},{"name":"source","type":["null",{"type":"record","name":"FoundSource","doc":"What a source was found to be, by its bytes and packets and not by its claims.","fields":[{"name":"container","type":"string","doc":"ffmpeg's name of it: mov,mp4,m4a,3gp,3g2,mj2."},{"name":"sizeBytes","type":"long","doc":"Size of the file in bytes."},{"name":"durationSeconds","type":"double","doc":"Length in seconds."},{"name":"video","type":["null",{"type":"record","name":"FoundVideo","doc":"The pictures of a source.","fields":[{"name":"codec","type":"string","doc":"ffmpeg's name of it: h264, hevc, vp9."},{"name":"width","type":"int","doc":"Width in pixels as displayed, after rotation and sample aspect."},{"name":"height","type":"int","doc":"Height in pixels as displayed."},{"name":"frameRate","type":"double","doc":"Frames a second."},{"name":"variableFrameRate","type":"boolean","doc":"Whether they are not evenly spaced; the package is even."},{"name":"fieldOrder","type":"string","doc":"progressive, top-first or bottom-first; the package is progressive."},{"name":"rotation","type":"int","doc":"Clockwise degrees the stored picture was turned by: 0, 90, 180, 270."},{"name":"pixelFormat","type":"string","doc":"ffmpeg's name of how samples are stored: yuv420p."},{"name":"bitDepth","type":"int","doc":"Bits of a sample."},{"name":"transfer","type":"string","doc":"sdr, or pq and hlg of high dynamic range, which the package shows as SDR."},{"name":"primaries","type":["null","string"],"default":null,"doc":"As the stream tags it: bt709; null where it says nothing."},{"name":"matrix","type":["null","string"],"default":null,"doc":"As the stream tags it: bt709; null where it says nothing."},{"name":"range","type":"string","doc":"limited or full."}]}],"default":null,"doc":"Null for sound alone."},{"name":"audio","type":{"type":"array","items":{"type":"record","name":"FoundAudio","doc":"One audio track of a source.","fields":[{"name":"codec","type":"string","doc":"ffmpeg's name of it: aac, opus."},{"name":"channels","type":"int","doc":"Number of channels."},{"name":"layout","type":["null","string"],"default":null,"doc":"ffmpeg's name of the channel layout: stereo, 5.1(side)."},{"name":"sampleRate","type":"int","doc":"Samples a second."},{"name":"language","type":["null","string"],"default":null,"doc":"As the source tags it."},{"name":"title","type":["null","string"],"default":null,"doc":"As the source tags it, its first 200 characters."},{"name":"isDefault","type":"boolean","doc":"Whether the source says that it plays when nobody chose another."}]}},"default":[],"doc":"Audio tracks in the source's order, at most 100."},{"name":"text","type":{"type":"array","items":{"type":"record","name":"FoundText","doc":"One subtitle track of a source.","fields":[{"name":"codec","type":"string","doc":"ffmpeg's name of it: subrip, hdmv_pgs_subtitle."},{"name":"format","type":"string","doc":"text or picture; pictures are not carried over."},{"name":"language","type":["null","string"],"default":null,"doc":"As the source tags it."},{"name":"title","type":["null","string"],"default":null,"doc":"As the source tags it, its first 200 characters."},{"name":"isForced","type":"boolean","doc":"Whether it is to be shown to those who asked for no subtitles."},{"name":"forHearingImpaired","type":"boolean","doc":"Whether it tells sounds too."}]}},"default":[],"doc":"Subtitle tracks in the source's order, at most 100."},{"name":"chapters","type":{"type":"array","items":{"type":"record","name":"FoundChapter","doc":"One chapter of a source.","fields":[{"name":"startSeconds","type":"double","doc":"Where it begins."},{"name":"endSeconds","type":"double","doc":"Where it ends."},{"name":"title","type":["null","string"],"default":null,"doc":"As the source tags it, its first 200 characters."}]}},"default":[],"doc":"Chapters, at most 500."}]}],"default":null,"doc":"What the source was found to be; null in events of earlier versions."}]},
  VideoUploaded: {"type":"record","name":"VideoUploaded","namespace":"dev.streamflix.events","doc":"A source video lies complete in the object store and is to be transcoded.","fields":[{"name":"eventId","type":"string","doc":"Unique id of this event (UUID). A repeated delivery carries the same id; consumers keep it to recognise one."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, in milliseconds since 1970-01-01T00:00:00Z."},{"name":"tenantId","type":"string","doc":"The tenant that owns the video: 1 to 64 of a-z, 0-9, hyphen and underscore."},{"name":"videoId","type":"string","doc":"The tenant's own id of the video: 1 to 128 of letters, digits, dot, hyphen, underscore."},{"name":"sourceBucket","type":"string","doc":"Bucket that holds the source."},{"name":"sourceKey","type":"string","doc":"Object key of the source in that bucket."},{"name":"filename","type":["null","string"],"default":null,"doc":"The name the uploader gave the file; shown, never used as a path."},{"name":"contentType","type":["null","string"],"default":null,"doc":"Media type the uploader claimed; the probe decides by content."},{"name":"sizeBytes","type":["null","long"],"default":null,"doc":"Size of the source in bytes, when known."},{"name":"checksumSha256","type":["null","string"],"default":null,"doc":"SHA-256 of the source in lower-case hex, when known."},{"name":"profile","type":["null","string"],"default":null,"doc":"Name of the encoding profile; null means the tenant's default."},{"name":"priority","type":"int","doc":"10 critical, 5 normal, 3 low, 1 background.","default":5},{"name":"webhookUrl","type":["null","string"],"default":null,"doc":"Where to POST the outcome."},{"name":"deadlineAt","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null,"doc":"After this time the outcome is worthless: the job fails as expired. Milliseconds since the epoch."},{"name":"metadata","type":{"type":"map","values":"string"},"default":{},"doc":"Whatever the uploader attached, carried through unchanged."}]},
} as const;
