import { jobSorts, jobStates, sortOrders } from '@streamflix/contracts';
import { type Command, Option } from 'commander';
import { collectPairs, moment, wholeNumber } from '../parse-options.ts';
import { cancelJob, deleteJob, reprioritiseJob, retryJob } from './change.ts';
import { explainJob, listJobs, showHistory, showJob } from './inspect.ts';
import { asJson } from './output.ts';
import { type OnDone, ofTenant, type Reader } from './surroundings.ts';
import { watch } from './watch.ts';

/** The commands about jobs that were submitted. */
export function addJobCommands(program: Command, reader: Reader, onDone: OnDone): void {
  const command = (title: string, about: string): Command =>
    program
      .command(title)
      .description(about)
      .option(...ofTenant);

  command('watch <id>', 'follow a job to its end, with a progress bar')
    .option('--json', 'print only the ended job, as one JSON document')
    .action(async (id, options) => onDone(await watch(id, options, reader(options))));

  command('jobs', 'list jobs, newest first unless told otherwise; filters are joined by "and"')
    .addOption(new Option('--state <state>', 'only jobs in this state').choices(jobStates))
    .option('--video-id <id>', 'only jobs of this video')
    .option('--profile <name>', 'only jobs that named this profile')
    .option('--created-from <moment>', 'created then or later: 2030-01-31T12:00:00Z, or a day of UTC', moment)
    .option('--created-to <moment>', 'created before', moment)
    .option('--metadata <name=value>', 'only jobs with this; may be repeated for several that must all be there', collectPairs)
    .addOption(new Option('--sort <field>', 'createdAt unless told otherwise').choices(jobSorts))
    .addOption(new Option('--order <order>', 'desc unless told otherwise').choices(sortOrders))
    .option('--limit <n>', 'at most so many, up to 200', wholeNumber, 20)
    .option('--cursor <cursor>', 'go on where the page before ended; with the same --sort and --order')
    .addOption(new Option('--offset <n>', 'leave out so many').argParser(wholeNumber).conflicts('cursor'))
    .option('--total', 'count all that pass the filters')
    .option('--json', 'print the page as one JSON document')
    .action(async ({ tenant, ...options }) => onDone(await listJobs(options, reader({ tenant }))));

  command('job <id>', 'show one job')
    .option('--json', asJson)
    .action(async (id, options) => onDone(await showJob(id, options, reader(options))));

  command('history <id>', 'list every step of a job and its tasks, oldest first: when, from where to where, who and why')
    .option('--limit <n>', 'at most so many, up to 1000', wholeNumber, 200)
    .option('--cursor <cursor>', 'go on where the page before ended')
    .option('--json', 'print the page as one JSON document')
    .action(async (id, { tenant, ...options }) => onDone(await showHistory(id, options, reader({ tenant }))));

  command('explain <id>', 'why a job stands where it stands, what ran and failed, and what comes next')
    .option('--json', asJson)
    .action(async (id, options) => onDone(await explainJob(id, options, reader(options))));

  command('priority', 'give a job another priority')
    .argument('<id>')
    .argument('<1..10>', '10 critical, 5 normal, 3 low, 1 background', wholeNumber)
    .option('--json', asJson)
    .action(async (id, priority, options) => onDone(await reprioritiseJob(id, priority, options, reader(options))));

  command('cancel <id>', 'cancel a job')
    .option('--json', asJson)
    .action(async (id, options) => onDone(await cancelJob(id, options, reader(options))));

  command('retry <id>', 'take up a job that failed or was cancelled; what is done stays done')
    .option('--rendition <name...>', 'make these again though they are done')
    .option('--task <name...>', 'make these again though they are done; `streamflix job` names them')
    .option('--json', asJson)
    .action(async (id, options) => onDone(await retryJob(id, options, reader(options))));

  command('delete <id>', 'delete a job that has ended, with its package, its work and its upload')
    .option('--cancel', 'cancel it first where it has not ended')
    .option('--yes', 'do not ask')
    .option('--json', asJson)
    .action(async (id, options) => onDone(await deleteJob(id, options, reader(options))));
}
