import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const help = `What a job costs on this platform, against the best single ffmpeg command for the same outputs and against Shaka Streamer.

  npm run bench -- media                             a clip of 60 s in 1080p, five rounds
  npm run bench -- media --seconds 20 --rounds 3     another length, fewer rounds
  npm run bench -- media --file FILE                 your own video (of a constant frame rate)

  --json    the report and every round as one JSON document: npm run --silent bench -- --json
  --write   put the report into docs/benchmarks.md

It starts servers and processes of its own and stops them again, also after Ctrl-C. Close other programs first: all sides take all
${availableParallelism()} cores for some minutes. With root CPU time is counted by control groups, else by looking at /proc many times a second.
`;

export interface Options {
  /** A video of the user's; undefined means a clip made for it. */
  file: string | undefined;
  seconds: number;
  rounds: number;
  json: boolean;
  write: boolean;
}

/** Throws with the remedy; `help` means that only this was asked for. */
export function readOptions(args: string[], callerDir: string): Options | 'help' {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      file: { type: 'string' },
      seconds: { type: 'string', default: '60' },
      rounds: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  if (positionals.some((name) => name !== 'media'))
    throw new Error(`there is no benchmark ${positionals.join(' ')}: there is media`);
  const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
  if (!(seconds >= 1 && seconds <= 3600)) throw new Error('--seconds takes a number from 1 to 3600');
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1');
  return { ...values, seconds, rounds, file: values.file === undefined ? undefined : resolve(callerDir, values.file) };
}
