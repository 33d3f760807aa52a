export * from './capabilities.ts';
export { type EncodedFile, type EncodeRun, encodeAudio, encodeVideo, makeThumbnails, thumbnailName } from './ffmpeg.ts';
export { buildMetadata, type MetadataParts } from './metadata.ts';
export { type PackageRun, packageRenditions } from './packager.ts';
export { type PackagerInput, packageFiles } from './packager-args.ts';
export { type ProbeOptions, probeSource } from './probe.ts';
export { ProcessFailure } from './process.ts';
export type { MediaConfig } from './tool.ts';
export { type VerificationCheck, type VerificationReport, verifyPackage } from './verify-package.ts';
