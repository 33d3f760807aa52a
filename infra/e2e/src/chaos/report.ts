import { faultKindNames, specOf } from './fault-kinds.ts';
import type { Fault } from './plan-faults.ts';

export interface FaultResult {
  readonly fault: Fault;
  /** Undefined: it was done. */
  readonly failure?: string;
  readonly remark?: string;
}

export interface Report {
  readonly date: string;
  readonly seed: number;
  readonly jobs: number;
  readonly faults: number;
  readonly every: number;
  readonly seconds: number;
  readonly results: readonly FaultResult[];
  /** How the jobs ended: completed, or an error's code. */
  readonly ends: Readonly<Record<string, number>>;
  readonly outcomeEvents: { readonly jobs: number; readonly eventIds: number; readonly deliveries: number };
  readonly packages: { readonly verified: number; readonly damaged: number };
  readonly disagreements: number;
  readonly chunksAgain: Readonly<Record<string, number>>;
  readonly encodersLost: number;
  readonly processEnds: number;
  readonly refusals: number;
  readonly violations: readonly string[];
}

const listOf = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ') || 'none';

/** The command that does the same again. */
export const commandOf = ({ seed, jobs, faults, every }: Pick<Report, 'seed' | 'jobs' | 'faults' | 'every'>): string =>
  `npm run chaos -- --seed ${seed} --jobs ${jobs} --faults ${faults}${every === 4 ? '' : ` --every ${every}`}`;

function faultRows({ results }: Report): string[] {
  return faultKindNames.flatMap((kind) => {
    const ofKind = results.filter(({ fault }) => fault.kind === kind);
    if (ofKind.length === 0) return [];
    const targets = new Set(ofKind.map(({ fault }) => fault.target));
    const undone = ofKind.filter(({ failure }) => failure !== undefined).length;
    const times = `${ofKind.length}${undone === 0 ? '' : ` (${undone} could not be done)`}`;
    return [`| ${specOf(kind).what} | ${times} | ${[...targets].toSorted().join(', ')} |`];
  });
}

/** For a person, in Markdown. */
export function formatReport(report: Report): string {
  const { seed, date, jobs, faults, seconds, outcomeEvents, packages, encodersLost, processEnds, refusals, violations } = report;
  return [
    `### Seed ${seed}: ${jobs} jobs, ${faults} faults, ${date}`,
    '',
    `\`${commandOf(report)}\` took ${Math.round(seconds)} s.`,
    '',
    '| fault | times | at |',
    '| --- | --- | --- |',
    ...faultRows(report),
    '',
    '| result | |',
    '| --- | --- |',
    `| jobs that ended | ${listOf(report.ends)} |`,
    `| outcome events, by an independent reader | ${outcomeEvents.eventIds} ids for ${outcomeEvents.jobs} jobs, delivered ${outcomeEvents.deliveries} times |`,
    `| packages | ${packages.verified} verified, ${packages.damaged} damaged |`,
    `| disagreements found by \`streamflix verify\` | ${report.disagreements} |`,
    `| chunks begun again | ${listOf(report.chunksAgain)}; encoders lost: ${encodersLost} |`,
    `| processes that ended and were started again | ${processEnds} |`,
    `| submissions refused while something was away, then accepted | ${refusals} |`,
    `| promises broken | ${violations.length === 0 ? 'none' : violations.length} |`,
    ...(violations.length === 0 ? [] : ['', ...violations.map((violation) => `- ${violation}`)]),
  ].join('\n');
}

/** Puts the report into its page, in the place of an earlier one of the same seed and size. */
export function updatePage(page: string, report: Report): string {
  const mark = '<!-- measured -->';
  const [before, measured, after] = page.split(mark);
  if (before === undefined || measured === undefined || after === undefined)
    throw new Error(`the page lacks the two marks ${mark}`);
  const heading = `### Seed ${report.seed}: ${report.jobs} jobs, ${report.faults} faults,`;
  const sections = measured.split(/^(?=### )/m).map((section) => section.trim());
  const kept = sections.filter((section) => section !== '' && !section.startsWith(heading));
  return `${before}${mark}\n\n${[...kept, formatReport(report)].join('\n\n')}\n\n${mark}${after}`;
}
