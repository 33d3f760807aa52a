import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Chunk,
  countFrames,
  framesPerSecond,
  planChunks,
  planJob,
  requireVideo,
  type SourceWithVideo,
  secondsOfFrames,
  type VideoRendition,
} from '@streamflix/contracts';
import { encodeVideo, joinChunks, type MediaConfig, probeSource } from '@streamflix/infra/media';
import { jointDifferences, type Measured, meanOf, scoresAtBitrate } from './joints.ts';
import { scoreFrames } from './score.ts';

/** Encodes differ so little in size that nothing is to be set off. */
const sameBitrate = 0.01;

export interface Comparison {
  clip: string;
  rung: string;
  chunks: number;
  chunkSeconds: number;
  chunkedKbps: number;
  unchunkedKbps: number;
  unchunkedVmaf: number;
  /** Chunked minus unchunked, at equal bitrate. */
  difference: number;
  /** At the joint where it is worst, one second either side. */
  worstJoint: number;
}

export interface ComparisonOptions {
  clip: { name: string; path: string };
  vmafFfmpegPath: string;
  media: MediaConfig;
  signal: AbortSignal;
  say(text: string): void;
}

/** As the planner cuts where nothing is idle, and as short as it ever does; a clip too short for either at every segment. */
function waysToCut(source: SourceWithVideo, rung: VideoRendition): Chunk[][] {
  const ways = [0, 1000].map((idleSlots) => planChunks(source, rung, { idleSlots })).filter((chunks) => chunks.length > 1);
  if (ways.length > 0) return [...new Map(ways.map((chunks) => [chunks.length, chunks])).values()];
  const count = Math.ceil(countFrames(source.durationSeconds, rung.frameRate) / rung.segmentFrames);
  const bySegment = Array.from({ length: count }, (_, index) => ({
    index,
    count,
    startFrame: index * rung.segmentFrames,
    frameCount: index === count - 1 ? null : rung.segmentFrames,
  }));
  return count > 1 ? [bySegment] : [];
}

/** Compares the largest rung of a clip, encoded in chunks with the platform's own arguments, with one encode of the whole. */
export async function compareClip({ clip, vmafFfmpegPath, media, signal, say }: ComparisonOptions): Promise<Comparison[]> {
  const dir = await mkdtemp(join(tmpdir(), 'streamflix-vmaf-'));
  try {
    const source = requireVideo(await probeSource(clip.path, { media, signal }));
    const [rung] = planJob(source)
      .renditions.filter((rendition): rendition is VideoRendition => rendition.kind === 'video')
      .toSorted((a, b) => b.height - a.height);
    if (rung === undefined) throw new Error('a clip without a rung');
    const frames = countFrames(source.durationSeconds, rung.frameRate);
    let encodes = 0;
    const measure = async (chunks: readonly Chunk[], rendition: VideoRendition): Promise<Measured> => {
      encodes += 1;
      const base = join(dir, String(encodes));
      const paths: string[] = [];
      for (const chunk of chunks) {
        const outputDir = `${base}-${chunk.index}`;
        await mkdir(outputDir);
        const [file] = await encodeVideo({ media, signal, input: clip.path, source, chunk, renditions: [rendition], outputDir });
        paths.push(file?.path ?? '');
      }
      const outputPath = `${base}.mp4`;
      await joinChunks({ paths, outputPath, rendition, frames, media, signal });
      const { size } = await stat(outputPath);
      const kilobitsPerSecond = (size * 8) / 1000 / secondsOfFrames(frames, rendition.frameRate);
      const scores = await scoreFrames(vmafFfmpegPath, outputPath, clip.path);
      if (scores.length !== frames) throw new Error(`${scores.length} pictures were scored of ${frames}`);
      say(
        `${clip.name}: ${chunks.length} chunks, crf ${rendition.crf}: ${kilobitsPerSecond.toFixed(0)} kbit/s, VMAF ${meanOf(scores).toFixed(2)}`,
      );
      return { kilobitsPerSecond, scores };
    };
    const whole: Chunk[] = [{ index: 0, count: 1, startFrame: 0, frameCount: null }];
    const unchunked = [await measure(whole, rung)];
    const [same] = unchunked;
    const comparisons: Comparison[] = [];
    for (const chunks of waysToCut(source, rung)) {
      const chunked = await measure(chunks, rung);
      const ratio = chunked.kilobitsPerSecond / (same?.kilobitsPerSecond ?? 1);
      if (Math.abs(ratio - 1) > sameBitrate && unchunked.length === 1)
        for (const crf of [rung.crf - 1, rung.crf + 1]) unchunked.push(await measure(whole, { ...rung, crf }));
      const isSame = Math.abs(ratio - 1) <= sameBitrate;
      const reference = isSame ? (same?.scores ?? []) : scoresAtBitrate(unchunked, chunked.kilobitsPerSecond);
      const joints = chunks.slice(1).map(({ startFrame }) => startFrame);
      const windowFrames = Math.round(framesPerSecond(rung.frameRate));
      comparisons.push({
        clip: clip.name,
        rung: rung.name,
        chunks: chunks.length,
        chunkSeconds: secondsOfFrames(frames / chunks.length, rung.frameRate),
        chunkedKbps: chunked.kilobitsPerSecond,
        unchunkedKbps: same?.kilobitsPerSecond ?? 0,
        unchunkedVmaf: meanOf(reference),
        difference: meanOf(chunked.scores) - meanOf(reference),
        worstJoint: Math.min(...jointDifferences(chunked.scores, reference, { joints, windowFrames })),
      });
    }
    return comparisons;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
