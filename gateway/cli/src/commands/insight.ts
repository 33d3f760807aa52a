import { type Command, Option } from 'commander';
import { describeEstimate, describeStats, describeUsage } from '../describe-insight.ts';
import { UsageError } from '../exit-codes.ts';
import type { EstimateRequest, StatsQuery, UsageQuery } from '../insight-client.ts';
import { collectNumbers, day, number, type PictureSize, pictureSize, wholeNumber } from '../parse-options.ts';
import { objectAt } from '../submission.ts';
import { asJson, type Output, print } from './output.ts';
import { type OnDone, ofTenant, type Reader, type Surroundings } from './surroundings.ts';

type Teller = Pick<Surroundings, 'client' | 'stdout'>;

interface Described {
  duration?: number;
  size?: PictureSize;
  frameRate?: number;
  channels?: number[];
  silent?: boolean;
}

export interface EstimateOptions extends Described, Output {
  profile?: string;
  priority?: number;
}

function describedSource({ duration, size, frameRate, channels, silent }: Described): EstimateRequest {
  if (duration === undefined) throw new UsageError('Say an object of the store, or --duration and the rest of a source.');
  if (size === undefined && frameRate !== undefined) throw new UsageError('--frame-rate goes with --size.');
  const video = size === undefined ? null : { ...size, ...(frameRate === undefined ? {} : { frameRate }) };
  const tracks = silent === true ? [] : channels?.map((count) => ({ channels: count }));
  return { source: { durationSeconds: duration, video, ...(tracks === undefined ? {} : { audio: tracks }) } };
}

function requestOf(object: string | undefined, options: EstimateOptions): EstimateRequest {
  const { json: _, profile, priority, ...described } = options;
  if (object !== undefined && Object.keys(described).length > 0) {
    throw new UsageError('Say either an object of the store or what the source is like.');
  }
  return {
    ...(object === undefined ? describedSource(described) : objectAt(object)),
    ...(profile === undefined ? {} : { profile }),
    ...(priority === undefined ? {} : { priority }),
  };
}

async function estimate(object: string | undefined, options: EstimateOptions, teller: Teller): Promise<number> {
  const told = await teller.client.insight.estimate(requestOf(object, options));
  return print(teller, options, told, describeEstimate(told));
}

async function stats(options: StatsQuery & Output, teller: Teller): Promise<number> {
  const { json: _, ...query } = options;
  const told = await teller.client.insight.stats(query);
  return print(teller, options, told, describeStats(told));
}

async function usage(options: UsageQuery & Output, teller: Teller): Promise<number> {
  const { json: _, ...query } = options;
  const told = await teller.client.insight.usage(query);
  return print(teller, options, told, describeUsage(told));
}

/** A tenant that is named is the one that is meant, where a platform role would be told of all. */
const ofMeant = <T extends object>(tenant: string | undefined, query: T): T | (T & { scope: 'tenant' }) =>
  tenant === undefined ? query : { ...query, scope: 'tenant' };

/** The commands about what work costs and how it stands. */
export function addInsightCommands(program: Command, reader: Reader, onDone: OnDone): void {
  const command = (title: string, about: string): Command =>
    program
      .command(title)
      .description(about)
      .option('--json', asJson)
      .option(...ofTenant);
  const scope = (): Option =>
    new Option('--scope <scope>', 'all tenants or one; platform roles get all unless told otherwise')
      .choices(['platform', 'tenant'])
      .conflicts('tenant');

  command('estimate', 'what a job would be made of, cost and take, without making it')
    .argument('[object]', 's3://BUCKET/KEY that was probed for an earlier job; else describe a source')
    .option('--duration <seconds>', 'how long it is', number)
    .option('--size <WxH>', 'of the picture as displayed, as 1920x1080; without it: sound alone', pictureSize)
    .option('--frame-rate <n>', 'of the picture; 25 unless told otherwise', number)
    .option('--channels <n>', 'of one audio track; may be repeated; one of 2 unless told otherwise', collectNumbers)
    .addOption(new Option('--silent', 'no audio track').conflicts('channels'))
    .option('--profile <name>', 'encoding profile')
    .option('--priority <1..10>', '10 critical, 5 normal, 3 low, 1 background', wholeNumber)
    .action(async (object, { tenant, ...options }) => onDone(await estimate(object, options, reader({ tenant }))));

  command('stats', 'how the work stands: jobs by state, the last hour, queues and workers')
    .addOption(scope())
    .action(async ({ tenant, ...options }) => onDone(await stats(ofMeant(tenant, options), reader({ tenant }))));

  command('usage', 'what was done, by the attempts of jobs that ended in these days')
    .option('--from <day>', 'the first day (UTC); thirty days before the last unless told otherwise', day)
    .option('--to <day>', 'the last day, itself included; today unless told otherwise', day)
    .addOption(new Option('--by <what>', 'a line for each; tenant unless told otherwise').choices(['tenant', 'key', 'day']))
    .addOption(scope())
    .action(async ({ tenant, ...options }) => onDone(await usage(ofMeant(tenant, options), reader({ tenant }))));
}
