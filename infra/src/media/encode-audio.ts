import { join } from 'node:path';
import { type AudioRendition, StreamflixError } from '@streamflix/contracts';
import { buildAudioArgs, buildLoudnessArgs, type Gain } from './audio-args.ts';
import { countOutput } from './count-frames.ts';
import { fileNameOf } from './encode-args.ts';
import { corrupt, type EncodedFile, type EncodeRun, finishFile, inPartialDir, runFfmpeg } from './ffmpeg.ts';
import { planGain, readLoudness } from './loudness.ts';

const audioToleranceSeconds = 0.1;
/** Listening costs as much as decoding, which is about half of all. */
const listeningShare = 0.4;

export interface AudioRun extends EncodeRun {
  rendition: AudioRendition;
}

/** The gain that brings the whole track to the wished loudness; undefined where none is wished. */
async function listen(run: AudioRun, dir: string): Promise<Gain | undefined> {
  const { rendition, source, onProgress } = run;
  if (rendition.loudnessLufs === null) return undefined;
  const stderr = await runFfmpeg(
    {
      ...run,
      args: buildLoudnessArgs(run),
      fractionOf: ({ outTimeSeconds }) => outTimeSeconds / source.durationSeconds,
      onProgress: (fraction, speed) => onProgress?.(fraction * listeningShare, speed),
    },
    dir,
  );
  const loudness = readLoudness(stderr);
  if (loudness === null) throw new StreamflixError('ENCODER_FAILED', { message: 'The loudness of the sound was not measured.' });
  return planGain(loudness, rendition.loudnessLufs);
}

/** Encodes one audio track whole, as `<name>.mp4`, exactly as long as the video. */
export async function encodeAudio(run: AudioRun): Promise<EncodedFile> {
  const { input, source, rendition, outputDir, signal, onProgress } = run;
  return inPartialDir(outputDir, async (dir) => {
    const gain = await listen(run, dir);
    const listened = gain === undefined ? 0 : listeningShare;
    const partial = join(dir, fileNameOf(rendition));
    await runFfmpeg(
      {
        ...run,
        args: buildAudioArgs({ input, source, rendition, outputPath: partial, gain }),
        fractionOf: ({ outTimeSeconds }) => outTimeSeconds / source.durationSeconds,
        onProgress: (fraction, speed) => onProgress?.(listened + fraction * (1 - listened), speed),
      },
      dir,
    );
    const { packets, durationSeconds } = await countOutput(partial, signal);
    if (Math.abs(durationSeconds - source.durationSeconds) > audioToleranceSeconds)
      throw corrupt('The sound of the source cannot be decoded to its end.', {
        durationSeconds,
        expected: source.durationSeconds,
      });
    const finished = await finishFile(partial, join(outputDir, fileNameOf(rendition)));
    return { rendition: rendition.name, ...finished, durationSeconds, frames: packets };
  });
}
