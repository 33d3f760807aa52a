import { parseArgs } from 'node:util';

export const help = `The platform under attack: jobs are submitted while processes, servers, connections, disks and clocks are broken.

  npm run chaos                                        10 jobs, 20 faults
  npm run chaos -- --seed 1 --jobs 50 --faults 100     what is in docs/chaos.md

  --seed N             decides every fault and every job (default 1): the same seed attacks the same way again
  --jobs J, --faults F how many
  --every SECONDS      time between two faults, on average (default 4)
  --patience SECONDS   how long the jobs may take to end after the last fault (default 900)
  --plan               print what would be done, and do nothing
  --json               the report as a JSON document on stdout: npm run --silent chaos -- --json
  --write              put the report into docs/chaos.md
  --keep               leave servers and their data for a look; the next run removes them

It starts three Kafka brokers, a fault proxy, the other servers and two of each process, all of its own, and stops them again.
Exit code 1 when a promise was broken; everything is in .local/chaos/.
`;

export interface Options {
  readonly seed: number;
  readonly jobs: number;
  readonly faults: number;
  readonly every: number;
  readonly patience: number;
  readonly plan: boolean;
  readonly json: boolean;
  readonly write: boolean;
  readonly keep: boolean;
}

/** Throws with the remedy; `help` means that only this was asked for. */
export function readOptions(args: string[]): Options | 'help' {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '10' },
      faults: { type: 'string', default: '20' },
      every: { type: 'string', default: '4' },
      patience: { type: 'string', default: '900' },
      plan: flag,
      json: flag,
      write: flag,
      keep: flag,
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const { plan, json, write, keep } = values;
  return {
    ...{ plan, json, write, keep },
    seed: wholeNumber('seed', values.seed, 0),
    jobs: wholeNumber('jobs', values.jobs, 1),
    faults: wholeNumber('faults', values.faults, 0),
    every: wholeNumber('every', values.every, 1),
    patience: wholeNumber('patience', values.patience, 1),
  };
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) throw new Error(`--${name} takes a whole number from ${least}`);
  return value;
}
