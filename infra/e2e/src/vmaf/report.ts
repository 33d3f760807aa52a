import type { Comparison } from './compare.ts';

/** How much lower chunked may score: over the clip, and around the worst joint. */
export const goals = { clip: 0.2, joint: 1 };

export const isMet = ({ difference, worstJoint }: Comparison): boolean => difference >= -goals.clip && worstJoint >= -goals.joint;

const signed = (value: number): string => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(2)}`;

/** The table of docs/vmaf.md. */
export function formatReport(comparisons: readonly Comparison[], day: string): string {
  const rows = comparisons.map(
    (each) =>
      `| ${each.clip}, ${each.rung} | ${each.chunks} of ${each.chunkSeconds.toFixed(0)} s | ${each.chunkedKbps.toFixed(0)} | ` +
      `${each.unchunkedKbps.toFixed(0)} | ${each.unchunkedVmaf.toFixed(2)} | ${signed(each.difference)} | ${signed(each.worstJoint)} | ${isMet(each) ? 'yes' : '**no**'} |`,
  );
  return [
    `Measured on ${day}.`,
    '',
    '| clip and rung | chunks | kbit/s chunked | kbit/s unchunked | VMAF unchunked, at equal bitrate | chunked: whole clip | worst joint, 1 s either side | within the goal |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
