import { Command } from 'commander';
import type { DeadLetterClient, DeadLetterFilter, Selection } from '../dead-letter-client.ts';
import { describeGroups, describeLetter, describeLetters, describeParking, describeReplay } from '../describe-dead-letter.ts';
import { UsageError } from '../exit-codes.ts';
import { number } from '../parse-options.ts';
import { asJson, type Output, print } from './output.ts';

interface Reader {
  client: { deadLetters: DeadLetterClient };
  stdout: { write(text: string): unknown };
}

async function list(options: DeadLetterFilter & Output & { group?: boolean }, reader: Reader): Promise<number> {
  const { json: _, group, ...filter } = options;
  const { deadLetters } = reader.client;
  if (group === true) {
    const groups = await deadLetters.group(filter);
    return print(reader, options, groups, describeGroups(groups));
  }
  const page = await deadLetters.list(filter);
  const more = page.nextCursor === null ? '' : `\nMore: --cursor ${page.nextCursor}`;
  return print(reader, options, page, describeLetters(page.items) + more);
}

async function show(letterId: string, options: Output, reader: Reader): Promise<number> {
  const letter = await reader.client.deadLetters.get(letterId);
  return print(reader, options, letter, describeLetter(letter));
}

function selectionOf(ids: string[], signature: string | undefined): Selection {
  if ((ids.length === 0) === (signature === undefined)) throw new UsageError('Give either ids or --signature.');
  return signature === undefined ? { ids } : { signature };
}

interface ReplayOptions extends Output {
  signature?: string;
  yes?: boolean;
  perSecond?: number;
}

async function replay(ids: string[], options: ReplayOptions, reader: Reader): Promise<number> {
  const { signature, yes, perSecond } = options;
  const rate = perSecond === undefined ? {} : { perSecond };
  const answer = await reader.client.deadLetters.replay({ ...selectionOf(ids, signature), dryRun: yes !== true, ...rate });
  return print(reader, options, answer, describeReplay(answer));
}

async function park(ids: string[], options: Output & { signature?: string }, reader: Reader): Promise<number> {
  const answer = await reader.client.deadLetters.park(selectionOf(ids, options.signature));
  return print(reader, options, answer, describeParking(answer));
}

const ofSignature = 'all of this fault';

/** `streamflix dead-letters ...` */
export function deadLetterCommands(reader: () => Reader, onDone: (exitCode: number) => void): Command {
  const group = new Command('dead-letters').description('what was put aside: messages and tasks');
  group
    .command('list')
    .description('list dead letters, newest first')
    .option('--group', 'count them by signature instead')
    .option('--signature <signature>', ofSignature)
    .option('--state <state>', 'new, replayed, resolved or parked')
    .option('--topic <topic>', 'only messages of this topic')
    .option('--kind <kind>', 'event or task')
    .option('--limit <n>', 'at most so many, up to 200', number, 20)
    .option('--cursor <cursor>', 'go on where the page before ended')
    .option('--json', asJson)
    .action(async (options) => onDone(await list(options, reader())));
  group
    .command('show')
    .argument('<id>')
    .description('show one, with its bytes, its headers and what they decode to')
    .option('--json', asJson)
    .action(async (id, options) => onDone(await show(id, options, reader())));
  group
    .command('replay')
    .argument('[ids...]')
    .description('say what a replay would do; with --yes do it')
    .option('--signature <signature>', `${ofSignature} that is not parked`)
    .option('--yes', 'replay them')
    .option('--per-second <n>', 'at most so many a second; 10 unless told otherwise', number)
    .option('--json', asJson)
    .action(async (ids, options) => onDone(await replay(ids, options, reader())));
  group
    .command('park')
    .argument('[ids...]')
    .description('keep them out of group replays')
    .option('--signature <signature>', ofSignature)
    .option('--json', asJson)
    .action(async (ids, options) => onDone(await park(ids, options, reader())));
  return group;
}
