import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { barcodePixels, type ReadPicture, readBarcodes } from './barcode.ts';
import { clickSampleRate, type HeardClick, hearClicks } from './clicks.ts';

const run = promisify(execFile);
const largestOutput = 256 * 1024 * 1024;

/** A picture as it comes out of a decoder, and when it is shown. */
export interface SeenPicture extends ReadPicture {
  seconds: number;
  isKeyframe: boolean;
}

export interface SeenVideo {
  width: number;
  height: number;
  sampleAspect: string | null;
  isTurned: boolean;
  pixelFormat: string;
  colour: { range: string | null; primaries: string | null; transfer: string | null; matrix: string | null };
  pictures: SeenPicture[];
}

export interface SeenSound {
  channels: number;
  seconds: number;
  clicks: HeardClick[];
}

interface Described {
  packets: { pts_time?: string; flags: string }[];
  streams: {
    width: number;
    height: number;
    pix_fmt: string;
    sample_aspect_ratio?: string;
    color_range?: string;
    color_primaries?: string;
    color_transfer?: string;
    color_space?: string;
    channels?: number;
    side_data_list?: { rotation?: number }[];
  }[];
}

async function describe(path: string, entries: string): Promise<Described> {
  const args = ['-v', 'error', '-show_entries', entries, '-of', 'json', path];
  const { stdout } = await run(process.env.FFPROBE_PATH ?? 'ffprobe', args, { maxBuffer: largestOutput });
  return JSON.parse(stdout) as Described;
}

async function decode(path: string, args: string[]): Promise<Buffer> {
  const { stdout } = await run(
    process.env.FFMPEG_PATH ?? 'ffmpeg',
    ['-v', 'error', '-nostdin', '-copyts', '-i', path, ...args, '-'],
    { maxBuffer: largestOutput, encoding: 'buffer' },
  );
  return stdout;
}

/** Looks at a file with pictures alone as a stranger would: by ffprobe, and by what its decoded pictures show. */
export async function watchVideo(path: string): Promise<SeenVideo> {
  const { streams, packets } = await describe(path, 'stream:packet=pts_time,flags');
  const [stream] = streams;
  if (stream === undefined) throw new Error(`there is no stream in ${path}`);
  const raw = await decode(path, [
    // The first plane of 4:2:0 as it is: a conversion to grey would stretch the range.
    ...['-vf', `scale=${barcodePixels}:${barcodePixels}:flags=area,format=yuv420p`],
    ...['-fps_mode', 'passthrough', '-f', 'rawvideo'],
  ]);
  const shown = packets
    .filter(({ flags }) => !flags.includes('D'))
    .map(({ pts_time, flags }) => ({ seconds: Number(pts_time), isKeyframe: flags.includes('K') }))
    .toSorted((a, b) => a.seconds - b.seconds);
  const read = readBarcodes(raw);
  if (read.length !== shown.length) throw new Error(`${path} has ${shown.length} packets and ${read.length} pictures`);
  return {
    width: stream.width,
    height: stream.height,
    sampleAspect: stream.sample_aspect_ratio ?? null,
    isTurned: (stream.side_data_list ?? []).some(({ rotation = 0 }) => rotation !== 0),
    pixelFormat: stream.pix_fmt,
    colour: {
      range: stream.color_range ?? null,
      primaries: stream.color_primaries ?? null,
      transfer: stream.color_transfer ?? null,
      matrix: stream.color_space ?? null,
    },
    pictures: read.map((picture, index) => ({ ...picture, seconds: Number.NaN, isKeyframe: false, ...shown[index] })),
  };
}

/** Listens to a file with sound alone, on its own time line from zero. */
export async function hearSound(path: string): Promise<SeenSound> {
  const { streams } = await describe(path, 'stream');
  const raw = await decode(path, [
    ...['-af', `aresample=${clickSampleRate}:async=1:first_pts=0`, '-ac', '1', '-f', 'f32le', '-c:a', 'pcm_f32le'],
  ]);
  const samples = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length - (raw.length % 4)));
  return { channels: streams[0]?.channels ?? 0, seconds: samples.length / clickSampleRate, clicks: hearClicks(samples) };
}
