export { type ClipOptions, makeClip } from './clips.ts';
export * from './corpus/index.ts';
export { measureLoudness } from './measure-sound.ts';
export * from './otlp-receiver.ts';
export { makePictureSubtitle } from './picture-subtitle.ts';
export { RecordingBus } from './recording-bus.ts';
export { makeRichClip, richTones } from './rich-clip.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
