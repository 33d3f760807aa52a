import { type DeviceEncoder, type DeviceKind, deviceKinds, type VideoRendition } from '@streamflix/contracts';

/** Where the graphics driver of the first device is opened. */
const renderNode = '/dev/dri/renderD128';

export function deviceKindOf(encoder: DeviceEncoder): DeviceKind {
  const kind = deviceKinds.find((each) => encoder.endsWith(`_${each}`));
  if (kind === undefined) throw new Error(`${encoder} is on no device`);
  return kind;
}

/** What stands before the input where a device has to be opened first. */
export const openDevice = (kind: DeviceKind): string[] => (kind === 'vaapi' ? ['-vaapi_device', renderNode] : []);

/** How pictures get into the memory of the device; the others take them as they are. */
export const uploadFilters = (encoder: DeviceEncoder): string[] =>
  ({ nvenc: [], qsv: ['format=nv12'], vaapi: ['format=nv12', 'hwupload'] })[deviceKindOf(encoder)];

/** Constant quality of each kind, with nothing but the grid to decide where a GOP begins. */
const ofKind: Record<DeviceKind, (quality: string, ceiling: string) => string[]> = {
  nvenc: (quality) => ['-preset', 'p4', '-rc', 'vbr', '-cq', quality, '-b:v', '0', '-forced-idr', '1', '-no-scenecut', '1'],
  qsv: (quality) => ['-preset', 'medium', '-global_quality', quality, '-forced_idr', '1'],
  vaapi: (quality, ceiling) => ['-rc_mode', 'QVBR', '-global_quality', quality, '-b:v', ceiling, '-idr_interval', '0'],
};

const profiles = { h264: ['-profile:v', 'high'], hevc: ['-profile:v', 'main', '-tag:v', 'hvc1'], av1: [], vp9: [] };

/** An encoder on a device; `capped` is the ceiling of the rendition as all encoders are told it. */
export function deviceCodecArgs(rendition: VideoRendition, encoder: DeviceEncoder, capped: readonly string[]): string[] {
  const { codec, crf, gopFrames, maxBitrateKbps } = rendition;
  return [
    ...['-c:v', encoder, ...profiles[codec]],
    ...[...ofKind[deviceKindOf(encoder)](String(crf), `${maxBitrateKbps}k`), ...capped],
    ...['-g', String(gopFrames), '-force_key_frames', `expr:not(mod(n,${gopFrames}))`],
  ];
}
