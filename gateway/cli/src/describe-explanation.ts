import type { Explanation } from '@streamflix/contracts';

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];

/** An explanation as a person reads it: its sentences, then what is known of each. */
export function describeExplanation({ headline, sentences, next, ladder, commands, traceId }: Explanation): string {
  const others = sentences.filter((sentence) => sentence !== headline);
  const rungs = ladder.map(({ name, status, why }) => `${name.padEnd(14)} ${status.padEnd(10)} ${why}`);
  const ran = commands.map(
    ({ task, worker, program, exit, seconds }) =>
      `${task.padEnd(14)} ${program} on ${worker}: exit ${exit} after ${seconds.toFixed(1)} s`,
  );
  return [
    headline,
    ...others,
    ...section('what comes next', next),
    ...section('ladder', rungs),
    ...section('commands', ran),
    ...(traceId === null ? [] : ['', `trace ${traceId}`]),
  ].join('\n');
}
