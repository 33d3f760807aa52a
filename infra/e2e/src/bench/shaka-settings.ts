import type { JobPlan, VideoRendition } from '@streamflix/contracts';
import { audiosOf, rungsOf } from './raw-args.ts';

/** What Shaka Streamer calls a rung of ours. */
export const resolutionOf = ({ name }: Pick<VideoRendition, 'name'>): string => `rung_${name}`;

/** The three files it is told its work by, in YAML; JSON is YAML. */
export function buildShakaConfigs(input: string, { renditions, segmentSeconds }: JobPlan) {
  const rungs = rungsOf(renditions);
  const sounds = audiosOf(renditions);
  const [sound] = sounds;
  return {
    input: {
      inputs: [{ name: input, media_type: 'video' }, ...sounds.map(() => ({ name: input, media_type: 'audio' }))],
    },
    pipeline: {
      ...{ streaming_mode: 'vod', quiet: true, manifest_format: ['dash', 'hls'], generate_iframe_playlist: true },
      ...{ resolutions: rungs.map(resolutionOf), video_codecs: ['h264'] },
      ...{ channel_layouts: ['stereo'], audio_codecs: ['aac'] },
      ...{ segment_size: segmentSeconds, segment_per_file: true },
    },
    bitrates: {
      audio_channel_layouts: { stereo: { max_channels: 2, bitrates: { aac: `${sound?.bitrateKbps ?? 128}k` } } },
      video_resolutions: Object.fromEntries(
        rungs.map((rung) => [
          resolutionOf(rung),
          { max_width: rung.width, max_height: rung.height, bitrates: { h264: `${rung.maxBitrateKbps}k` } },
        ]),
      ),
    },
  };
}

/** It knows one bitrate a rung and a preset of its own: its command to ffmpeg, with the settings of the plan in their place. */
export function withOurSettings(args: readonly string[], { crf, preset, gopFrames }: VideoRendition): string[] {
  const instead: Record<string, (value: string) => string[]> = {
    '-preset': () => ['-preset', preset],
    '-b:v': (value) => [
      ...['-crf', String(crf), '-maxrate', value, '-bufsize', `${2 * Number.parseInt(value, 10)}k`, '-sc_threshold', '0'],
      ...['-force_key_frames', `expr:not(mod(n,${gopFrames}))`],
    ],
    '-g': () => ['-g', String(gopFrames)],
    '-keyint_min': () => ['-keyint_min', String(gopFrames)],
  };
  const changed: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    const change = instead[arg];
    if (change === undefined) changed.push(arg);
    else {
      index += 1;
      changed.push(...change(args[index] ?? ''));
    }
  }
  return changed;
}
