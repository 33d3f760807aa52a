import { type Comparison, type Report, shakaTargetRatio, targetRatio } from './report.ts';
import type { Spread } from './statistics.ts';
import type { Track } from './track.ts';

const fixed = (value: number): string => value.toFixed(2);
const cell = ({ median, min, max }: Spread): string => `${fixed(median)} (${fixed(min)} to ${fixed(max)})`;

/** A table in Markdown, its columns as wide as they need to be, so that it can be read in a terminal too. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, column) =>
    Math.max(3, ...[name, ...rows.map((row) => row[column] ?? '')].map(({ length }) => length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

const inMarkdown = ({ median, min, max }: Spread): string => `**${fixed(median)}** (${fixed(min)} to ${fixed(max)})`;
const row = (name: string, { platform, costs, ratio, peer }: Comparison): string[] => [
  name,
  peer,
  cell(platform),
  cell(costs),
  inMarkdown(ratio),
];

const megabytes = ({ sizeBytes }: Track): string => (sizeBytes / 1e6).toFixed(3);
const total = (seconds: Readonly<Record<string, number>>): number =>
  Object.values(seconds).reduce((sum, value) => sum + value, 0);

/** What costs next to nothing is left out of a table, but not out of its sum. */
function shares(seconds: Readonly<Record<string, number>>, wholeName: string, leastSeconds: number): string {
  const whole = total(seconds);
  const rows = Object.entries(seconds).filter(([, value]) => value >= leastSeconds);
  const line = (name: string, value: number): string[] => [name, fixed(value), `${((100 * value) / whole).toFixed(1)} %`];
  return table(['', 'seconds', 'share'], [...rows.map(([name, value]) => line(name, value)), line(wholeName, whole)]);
}

export const verdict = (ratio: number): string =>
  ratio <= targetRatio ? `within the target of ${targetRatio}` : `above the target of ${targetRatio}`;

export const shakaVerdict = (ratio: number): string => (ratio < shakaTargetRatio ? 'less' : 'not less');

/** Markdown, for the terminal and for docs/benchmarks.md alike. */
export function formatReport(report: Report): string {
  const {
    date,
    machine,
    ffmpeg,
    encoder,
    source,
    rounds,
    wall,
    cpu,
    shakaWall,
    shakaCpu,
    forms,
    outputs,
    idle,
    loads,
    servers,
    thumbnails,
  } = report;
  const ffmpegs = new Map(outputs.ffmpeg.map((track) => [track.name, track]));
  const shakas = new Map(outputs.shaka.map((track) => [track.name, track]));
  return [
    `Measured ${date} on ${machine}; ${ffmpeg}, ${encoder}. Source: ${source}.`,
    `Medians of ${rounds} rounds, lowest and highest in brackets. CPU time is counted ${report.howCounted}.`,
    `Load of the machine in the minute before each round: ${loads.map(fixed).join(', ')}.`,
    '',
    table(
      ['seconds', 'against', 'platform', 'the other', 'ratio'],
      [row('wall', wall), row('CPU', cpu), row('wall', shakaWall), row('CPU', shakaCpu)],
    ),
    '',
    `Against the command wall time is ${verdict(wall.ratio.median)}, CPU time ${verdict(cpu.ratio.median)}; against Shaka Streamer wall time is ${shakaVerdict(shakaWall.ratio.median)}, CPU time ${shakaVerdict(shakaCpu.ratio.median)}. The forms of the command:`,
    '',
    table(
      ['form', 'wall', 'CPU'],
      Object.entries(forms).map(([name, spreads]) => [name, cell(spreads.wall), cell(spreads.cpu)]),
    ),
    '',
    'Where the wall time goes, along the longest way through the job (medians, so the sum may differ by a little from the above):',
    '',
    shares(report.stages, 'from the request to the outcome in Kafka', 0.005),
    '',
    'What uses the CPU, of the platform:',
    '',
    shares(report.cpuRows, 'platform', 0.02),
    '',
    `With nothing to do the processes use ${(100 * idle.platform).toFixed(1)} % of a core together, the servers ${(100 * idle.servers).toFixed(1)} %.`,
    'The servers during the job, which the ratio leaves out:',
    '',
    shares(servers, 'servers', 0),
    '',
    'The same work on both sides, counted by ffprobe in the segments:',
    '',
    table(
      ['track', 'picture', 'frames, platform', 'ffmpeg', 'Shaka Streamer', 'MB, platform', 'ffmpeg', 'Shaka Streamer'],
      outputs.platform.map((ours) => {
        const others = [ffmpegs, shakas].map((tracks) => tracks.get(ours.name) ?? { ...ours, frames: 0, sizeBytes: 0 });
        const each = [ours, ...others];
        const picture = ours.height === 0 ? 'sound' : `${ours.width}x${ours.height}`;
        return [ours.name, picture, ...each.map(({ frames }) => `${frames}`), ...each.map(megabytes)];
      }),
    ),
    '',
    `And HLS and DASH manifests on all sides, ${thumbnails} thumbnails on ours and the command's.`,
  ].join('\n');
}
