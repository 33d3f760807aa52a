import { z } from 'zod';

const optionalNumber = z.coerce.number().optional().catch(undefined);

const sideData = z.looseObject({ rotation: optionalNumber });

const stream = z.looseObject({
  index: z.number(),
  codec_type: z.string().optional(),
  codec_name: z.string().optional(),
  width: optionalNumber,
  height: optionalNumber,
  sample_aspect_ratio: z.string().optional(),
  pix_fmt: z.string().optional(),
  r_frame_rate: z.string().optional(),
  avg_frame_rate: z.string().optional(),
  nb_frames: optionalNumber,
  channels: optionalNumber,
  sample_rate: optionalNumber,
  channel_layout: z.string().optional(),
  field_order: z.string().optional(),
  color_transfer: z.string().optional(),
  color_primaries: z.string().optional(),
  color_space: z.string().optional(),
  color_range: z.string().optional(),
  bits_per_raw_sample: optionalNumber,
  disposition: z.record(z.string(), z.number()).optional(),
  tags: z.record(z.string(), z.string()).optional(),
  side_data_list: z.array(sideData).optional(),
});

const chapter = z.looseObject({
  start_time: z.coerce.number(),
  end_time: z.coerce.number(),
  tags: z.record(z.string(), z.string()).optional(),
});

const output = z.looseObject({
  streams: z.array(stream).default([]),
  chapters: z.array(chapter).default([]),
  format: z.looseObject({ format_name: z.string().optional(), start_time: optionalNumber }).optional(),
});

export type FfprobeStream = z.infer<typeof stream>;
export type FfprobeChapter = z.infer<typeof chapter>;
export type FfprobeOutput = z.infer<typeof output>;

export const parseFfprobeOutput = (json: string): FfprobeOutput => output.parse(JSON.parse(json));

/** Cover art is a video stream to ffmpeg, but not to a person. */
export const isPicture = ({ disposition }: FfprobeStream): boolean =>
  disposition?.attached_pic === 1 || disposition?.timed_thumbnails === 1;

/** Clockwise degrees to turn the picture; ffprobe tells the counter-clockwise angle of the display matrix. */
export function rotationOf({ side_data_list, tags }: FfprobeStream): number {
  const matrix = side_data_list?.find(({ rotation }) => rotation !== undefined)?.rotation;
  const clockwise = matrix === undefined ? Number(tags?.rotate ?? 0) : -matrix;
  const quarters = Math.round((Number.isFinite(clockwise) ? clockwise : 0) / 90);
  return (((quarters % 4) + 4) % 4) * 90;
}
