import { tmpdir } from 'node:os';
import {
  framesPerSecond,
  mostChannels,
  type Rational,
  type SourceInfo,
  type SourceVideo,
  StreamflixError,
  secondsOfFrames,
  snapToStandardRate,
} from '@streamflix/contracts';
import { colourOf, fieldOrderOf, toSourceAudio, toSourceChapter, toSourceText } from './describe-streams.ts';
import { type FfprobeOutput, type FfprobeStream, isPicture, parseFfprobeOutput, rotationOf } from './ffprobe-output.ts';
import { guardedInput, maxPixels } from './input-args.ts';
import { restartingDemuxers, withOneClock } from './one-clock.ts';
import { type MeasuredRate, measureRate, PacketScan } from './packet-scan.ts';
import { assertWithinLimits, refusalOf, tooManyPixels } from './probe-refusal.ts';
import { seeFieldOrder } from './see-field-order.ts';
import { type Demuxer, sniffSource } from './sniff.ts';
import { type MediaConfig, runTool } from './tool.ts';

/** What is refused whatever a profile says. */
export const widestLimits = { shortSide: 32, seconds: 0.1, hours: 24 };
export type ProbeLimits = typeof widestLimits;
const jsonCharacters = 8 * 1024 * 1024;
/** Reading an index takes seconds; reading all packets of 20 GB from a slow disk takes half an hour. */
const timing = { stallMs: 60_000, leastMs: 60_000, slowestBytesPerMs: 10_000 };
/** No packet takes less of a file, its entry in the index counted: what has more plays its bytes again and again. */
const bytesPerPacket = 8;
/** Some containers are begun before they know their streams: look further than ffprobe does by itself. */
const lookFurther = ['-probesize', '20M', '-analyzeduration', '20M'];
/** Sound that ends this little after the pictures is the padding of its last packet, not something to freeze a picture for. */
const soundTailSeconds = 0.1;
/** Sound that begins this little before the pictures is what its encoder needs to begin: nothing to hold a picture for. */
const soundLeadSeconds = 0.05;
/** Sixteen pictures, the most that a decoder holds back, at the lowest usual rate. */
const mostReorderingSeconds = 16 / 24;
/** Far less than lies between 30 and 29.97. */
const roundedRateTolerance = 1e-4;
/** A few packets with wild times must not make us encode hours of a still picture. */
const secondsPerPacket = 30;
/** An MP4 index is exact, but for a picture or two that the demuxer merges; other containers only estimate. */
const mergedPackets = 2;

export interface ProbeOptions {
  media: MediaConfig;
  signal: AbortSignal;
  limits?: ProbeLimits;
  /** Where there is room for a copy of the source. */
  scratchDir?: string;
}

interface Opened extends Pick<ProbeOptions, 'media' | 'signal'> {
  path: string;
  demuxer: Demuxer;
  sizeBytes: number;
}

async function runFfprobe(
  { media, signal, path, demuxer, sizeBytes }: Opened,
  args: string[],
  onLine: (line: string) => void,
): Promise<string[]> {
  const timeLimitMs = timing.leastMs + sizeBytes / timing.slowestBytesPerMs;
  try {
    const { stderr } = await runTool(media, 'ffprobe', {
      args: ['-v', 'error', ...guardedInput(demuxer), ...lookFurther, ...args, path],
      readOnlyPaths: [path],
      signal,
      stallMs: timing.stallMs,
      timeLimitMs,
      onStdoutLine: onLine,
    });
    assertWithinLimits(stderr);
    return stderr;
  } catch (error) {
    if (signal.aborted) throw error;
    throw refusalOf(error);
  }
}

async function readStreams(source: Opened): Promise<FfprobeOutput> {
  let json = '';
  const stderr = await runFfprobe(source, ['-show_format', '-show_streams', '-show_chapters', '-of', 'json'], (line) => {
    if (json.length < jsonCharacters) json += `${line}\n`;
  });
  // It goes on without a picture, and would call the source merely undecodable.
  if (tooManyPixels.test(stderr.join('\n'))) throw new StreamflixError('SOURCE_TOO_LARGE', { details: { maxPixels } });
  try {
    return parseFfprobeOutput(json);
  } catch (error) {
    throw new StreamflixError('SOURCE_CORRUPT', {
      message: 'The source cannot be described: ffprobe gave no valid answer.',
      cause: error,
    });
  }
}

/** Null for sound alone. Throws the typed refusal of a source that has nothing we may decode. */
function pickVideo({ streams }: FfprobeOutput): FfprobeStream | null {
  const video = streams.find((stream) => stream.codec_type === 'video' && !isPicture(stream));
  if (video === undefined) {
    if (streams.length === 0)
      throw new StreamflixError('SOURCE_CORRUPT', { message: 'The index of the source names no streams.' });
    if (streams.some(isSound)) return null;
    if (streams.some(({ channels = 0 }) => channels > mostChannels))
      throw new StreamflixError('SOURCE_UNSUPPORTED', { message: `The sound has more than ${mostChannels} channels.` });
    throw new StreamflixError('SOURCE_NO_VIDEO');
  }
  const { width = 0, height = 0, codec_name: codec } = video;
  if (width * height > maxPixels) throw new StreamflixError('SOURCE_TOO_LARGE', { details: { width, height } });
  if (codec === undefined || codec === 'unknown')
    throw new StreamflixError('SOURCE_UNSUPPORTED', { message: 'The codec of the video is not known.' });
  if (width === 0 || height === 0)
    throw new StreamflixError('SOURCE_CORRUPT', { message: 'No picture of the video can be decoded.' });
  return video;
}

function parseRational(text: string | undefined, separator: string): Rational | null {
  const [numerator, denominator] = (text ?? '').split(separator).map(Number);
  return numerator !== undefined && denominator !== undefined && numerator > 0 && denominator > 0
    ? { numerator, denominator }
    : null;
}

/** The size a viewer sees: sample aspect stretches the width, and a quarter turn swaps the sides. */
function displayedSize(video: FfprobeStream, rotation: number): { width: number; height: number } {
  const aspect = parseRational(video.sample_aspect_ratio, ':') ?? { numerator: 1, denominator: 1 };
  const width = Math.round(((video.width ?? 0) * aspect.numerator) / aspect.denominator);
  const height = video.height ?? 0;
  return rotation % 180 === 0 ? { width, height } : { width: height, height: width };
}

const isSound = ({ codec_type, channels = 0 }: FfprobeStream): boolean =>
  codec_type === 'audio' && channels > 0 && channels <= mostChannels;

async function scanPackets(source: Opened, video: FfprobeStream | null, audio: FfprobeStream | undefined): Promise<PacketScan> {
  const scan = new PacketScan(video?.index ?? null, audio?.index ?? null);
  const entries = ['-show_entries', 'packet=stream_index,pts_time,dts_time,duration_time,flags', '-of', 'csv=p=0'];
  const stop = new AbortController();
  const signal = AbortSignal.any([source.signal, stop.signal]);
  const mostPackets = source.sizeBytes / bytesPerPacket;
  let lines = 0;
  const stderr = await runFfprobe({ ...source, signal }, entries, (line) => {
    lines += 1;
    if (lines <= mostPackets) return scan.addLine(line);
    stop.abort(new StreamflixError('SOURCE_TOO_COMPLEX', { message: 'The source plays its bytes again and again.' }));
  });
  const indexed = source.demuxer === 'mov' ? (video?.nb_frames ?? 0) : 0;
  const cutShort = stderr.some((line) => /File ended prematurely|partial file/i.test(line));
  if (cutShort || scan.videoPackets < indexed - mergedPackets)
    throw new StreamflixError('SOURCE_TRUNCATED', { details: { packets: scan.videoPackets, indexed } });
  return scan;
}

interface TimeLine {
  rate: MeasuredRate;
  firstFrameSeconds: number;
  lastFrameSeconds: number;
  durationSeconds: number;
}

/** A container that rounds its times claims 19001/317 for 60000/1001. */
function tidyRate(claimed: Rational): Rational {
  const standard = snapToStandardRate(claimed);
  const difference = Math.abs(framesPerSecond(standard) / framesPerSecond(claimed) - 1);
  return difference < roundedRateTolerance ? standard : claimed;
}

/**
 * Where our zero lies: where the container begins, or with the pictures when only the lead of the sound lies before them, or the time in which
 * the decoder gets pictures that are shown later. A file written in fragments from its begin has no edit list that would take that out.
 */
function zeroOf(demuxer: Demuxer, containerSeconds: number, scan: PacketScan): number {
  const [firstSeconds = containerSeconds] = scan.videoTimes();
  const lead = firstSeconds - containerSeconds;
  const isDecoding = demuxer === 'mov' && scan.firstDecoded <= containerSeconds && lead <= mostReorderingSeconds;
  return lead > 0 && (lead <= soundLeadSeconds || isDecoding) ? firstSeconds : containerSeconds;
}

/** Lengths as the packets show them. */
function readTimeLine(scan: PacketScan, video: FfprobeStream, startSeconds: number, limits: ProbeLimits): TimeLine {
  const times = scan.videoTimes();
  const { lastVideo } = scan;
  if (lastVideo === null) throw new StreamflixError('SOURCE_CORRUPT', { message: 'The video has not one picture.' });
  const claimed = [parseRational(video.avg_frame_rate, '/'), parseRational(video.r_frame_rate, '/')].filter(
    (rate) => rate !== null,
  );
  const rate = measureRate(times, claimed.map(tidyRate));
  const lastFrameSeconds = Math.max(0, lastVideo.seconds - startSeconds);
  const videoEnd = rate.variable
    ? lastFrameSeconds + (lastVideo.durationSeconds || secondsOfFrames(1, rate.frameRate))
    : secondsOfFrames(Math.round(lastFrameSeconds * framesPerSecond(rate.frameRate)) + 1, rate.frameRate);
  const audioEnd = scan.audioEndSeconds - startSeconds;
  const durationSeconds = audioEnd > videoEnd + soundTailSeconds ? audioEnd : videoEnd;
  assertLength(scan, durationSeconds, limits);
  const firstFrameSeconds = Math.max(0, scan.firstDecodable - startSeconds);
  return { rate, firstFrameSeconds, lastFrameSeconds, durationSeconds };
}

function assertLength(scan: PacketScan, durationSeconds: number, limits: ProbeLimits): void {
  if (durationSeconds > scan.packets * secondsPerPacket)
    throw new StreamflixError('SOURCE_CORRUPT', { message: 'The times in the source do not belong to its few packets.' });
  if (durationSeconds < limits.seconds) throw new StreamflixError('SOURCE_TOO_SHORT', { details: { durationSeconds } });
  if (durationSeconds > limits.hours * 3600) throw new StreamflixError('SOURCE_TOO_LONG', { details: { durationSeconds } });
}

async function describeVideo(source: Opened, video: FfprobeStream, timeLine: TimeLine): Promise<SourceVideo> {
  const { rate, firstFrameSeconds, lastFrameSeconds, durationSeconds } = timeLine;
  const rotation = rotationOf(video);
  return {
    codec: video.codec_name ?? 'unknown',
    ...displayedSize(video, rotation),
    rotation,
    frameRate: rate.frameRate,
    variableFrameRate: rate.variable,
    pixelFormat: video.pix_fmt ?? 'unknown',
    fieldOrder: fieldOrderOf(video) ?? (await seeFieldOrder(source, video.codec_name ?? '', durationSeconds)),
    colour: colourOf(video),
    firstFrameSeconds,
    lastFrameSeconds,
  };
}

/** Throws SOURCE_TOO_SMALL for a picture that nobody could watch. */
function assertSize(video: FfprobeStream, limits: ProbeLimits): void {
  const size = displayedSize(video, rotationOf(video));
  if (Math.min(size.width, size.height) < limits.shortSide) throw new StreamflixError('SOURCE_TOO_SMALL', { details: size });
}

/** Sound alone lasts as long as its packets. */
function lengthOfSound(scan: PacketScan, startSeconds: number, limits: ProbeLimits): number {
  const durationSeconds = scan.audioEndSeconds - startSeconds;
  assertLength(scan, durationSeconds, limits);
  return durationSeconds;
}

/**
 * What a source is, from its bytes, its index and all its packets; nothing it merely claims is planned from.
 * Throws SOURCE_EMPTY, _UNSUPPORTED, _NO_VIDEO, _CORRUPT, _TRUNCATED, _ENCRYPTED, _TOO_LARGE, _TOO_SMALL, _TOO_SHORT or _TOO_LONG.
 */
export async function probeSource(path: string, options: ProbeOptions): Promise<SourceInfo> {
  const { media, signal, limits = widestLimits, scratchDir = tmpdir() } = options;
  const { demuxer, sizeBytes } = await sniffSource(path);
  const source: Opened = { path, demuxer, sizeBytes, media, signal };
  const described = await readStreams(source);
  const video = pickVideo(described);
  if (video !== null) assertSize(video, limits);
  const audio = described.streams.filter(({ codec_type }) => codec_type === 'audio');
  const scan = await scanPackets(source, video, audio.find(isSound));
  const container = described.format?.format_name ?? demuxer;
  const text = described.streams.filter(({ codec_type }) => codec_type === 'subtitle').map(toSourceText);
  if (video !== null && scan.clockSteps > 0 && restartingDemuxers.has(demuxer)) {
    const probed = await withOneClock({ ...source, dir: scratchDir }, (copy) => probeSource(copy, options));
    const pictures = text.filter(({ format }) => format === 'picture');
    return { ...probed, container, sizeBytes, clockSteps: scan.clockSteps, text: pictures };
  }
  const containerSeconds = described.format?.start_time ?? 0;
  const startSeconds = video === null ? containerSeconds : zeroOf(demuxer, containerSeconds, scan);
  const timeLine = video === null ? null : readTimeLine(scan, video, startSeconds, limits);
  return {
    container,
    sizeBytes,
    startSeconds,
    durationSeconds: timeLine?.durationSeconds ?? lengthOfSound(scan, startSeconds, limits),
    video: video === null || timeLine === null ? null : await describeVideo(source, video, timeLine),
    audio: audio.map(toSourceAudio),
    text,
    chapters: described.chapters.map((chapter) => toSourceChapter(chapter, startSeconds)),
  };
}
