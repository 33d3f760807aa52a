import { type DeviceKind, deviceCodecs, encoderCapability, StreamflixError } from '@streamflix/contracts';
import { remedyOf } from './capabilities.ts';
import { openDevice } from './device-args.ts';
import { type MediaConfig, runTool } from './tool.ts';

/** Which device an encoder needs, and what must stand before and after its input. */
interface EncoderProbe {
  name: string;
  /** What the device's path begins with; null: it runs on any processor. */
  device: string | null;
  before?: string[];
  filter?: string;
}

const software = ['libx264', 'libx265', 'libsvtav1', 'libvpx-vp9'].map((name): EncoderProbe => ({ name, device: null }));

const onDevice = (kind: DeviceKind, device: string, more: Partial<EncoderProbe> = {}): EncoderProbe[] =>
  deviceCodecs.map((codec) => ({ name: `${codec}_${kind}`, device, ...more }));

const probes: readonly EncoderProbe[] = [
  ...software,
  ...onDevice('nvenc', '/dev/nvidia'),
  ...onDevice('qsv', '/dev/dri'),
  ...onDevice('vaapi', '/dev/dri', { before: openDevice('vaapi'), filter: 'format=nv12,hwupload' }),
];

/** Every build has it; without it there is nothing to fall back to. */
const indispensable = 'libx264';
const withinMs = 30_000;

/** Larger than the smallest picture that any of the devices takes. */
const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=320x192:rate=25', '-frames:v', '10', '-pix_fmt', 'yuv420p'];

async function encodes(media: MediaConfig, { name, before = [], filter }: EncoderProbe): Promise<unknown> {
  const args = [
    ...['-hide_banner', '-nostdin', '-v', 'error', ...before, ...picture.slice(0, filter === undefined ? undefined : -2)],
    ...(filter === undefined ? [] : ['-vf', filter]),
    ...['-c:v', name, '-f', 'null', '-'],
  ];
  const signal = new AbortController().signal;
  try {
    await runTool(media, 'ffmpeg', { args, readOnlyPaths: [], signal, stallMs: withinMs, timeLimitMs: withinMs });
    return null;
  } catch (error) {
    return error;
  }
}

/**
 * What this worker can encode with, found by encoding a moment with each: a build lists encoders whose device or driver is missing. Those
 * of devices are tried where MEDIA_DEVICES names one of their kind. Throws CONFIG_INVALID when not even libx264 works.
 */
export async function probeEncoders(media: MediaConfig): Promise<string[]> {
  const found: string[] = [];
  for (const probe of probes) {
    const { name, device } = probe;
    if (device !== null && !(media.devices ?? []).some((path) => path.startsWith(device))) continue;
    const failure = await encodes(media, probe);
    if (failure === null) found.push(encoderCapability(name));
    else if (name === indispensable)
      throw new StreamflixError('CONFIG_INVALID', {
        message: `ffmpeg cannot encode here (MEDIA_SANDBOX=${media.sandbox}): ${failure instanceof Error ? failure.message : failure}${remedyOf(media)}`,
        cause: failure,
      });
  }
  return found;
}
