import { Command, InvalidArgumentError } from 'commander';
import { keyCommands, tenantCommands, userCommands } from './commands/administer.ts';
import { deadLetterCommands } from './commands/dead-letters.ts';
import { cancelJob, explainJob, listJobs, reprioritiseJob, retryJob, showJob } from './commands/inspect.ts';
import { profileCommands } from './commands/profiles.ts';
import { logIn, logOut, setPassword } from './commands/session.ts';
import { type Surroundings, submit } from './commands/submit.ts';
import { verify } from './commands/verify.ts';
import { watch } from './commands/watch.ts';
import { whoami } from './commands/whoami.ts';
import { completionOf, isShell, shells } from './completion.ts';
import { findConnection } from './connection.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { connectGateway } from './gateway-client.ts';

const help = `
The gateway is taken from GATEWAY_URL and API_KEY of the environment; when neither is set, from .local/stack.env
in this folder or the nearest one above, where the local stack writes it; else it is where you logged in last.
GATEWAY_URL without API_KEY means the session you have there.

Exit codes: 0 done (with --wait: the job completed), 1 the job failed or was cancelled, or verify found a
disagreement, 2 usage,
3 the gateway cannot be reached or refused, 130 interrupted.`;

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

const collect = (value: string, before: string[]): string[] => [...before, value];

export interface ProgramContext extends Omit<Surroundings, 'client'> {
  env: Record<string, string | undefined>;
  stdin: NodeJS.ReadStream;
}

/** The command line; `onDone` gets the exit code of the command that ran. */
export function createProgram({ env, stdin, ...context }: ProgramContext, onDone: (exitCode: number) => void): Command {
  const surroundings = (): Surroundings => ({ ...context, client: connectGateway(findConnection(env, context.folder)) });
  const program = new Command('streamflix')
    .description('Submit videos and follow them.')
    .addHelpText('after', help)
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.stdout.write(text), writeErr: (text) => context.stderr.write(text) });

  program
    .command('submit')
    .argument('<file>', 'the video')
    .description('upload a video and make a job of it')
    .option('--wait', 'wait for the outcome, with a progress bar')
    .option('--json', 'print only the job, as one JSON document; with --wait once it has ended')
    .option('--video-id <id>', 'your own id of the video')
    .option('--priority <1..10>', '10 critical, 5 normal, 3 low, 1 background')
    .option('--profile <name>', 'encoding profile')
    .option('--webhook <url>', 'where to POST the outcome')
    .option('--metadata <name=value>', 'carried through to the outcome; may be repeated', collect, [])
    .action(async (file, options) => onDone(await submit(file, options, surroundings())));

  program
    .command('watch')
    .argument('<id>')
    .description('follow a job to its end, with a progress bar')
    .option('--json', 'print only the ended job, as one JSON document')
    .action(async (id, options) => onDone(await watch(id, options, surroundings())));

  program
    .command('jobs')
    .description('list jobs, newest first')
    .option('--state <state>', 'only jobs in this state')
    .option('--video-id <id>', 'only jobs of this video')
    .option('--limit <n>', 'at most so many, up to 200', wholeNumber, 20)
    .option('--cursor <cursor>', 'go on where the page before ended')
    .option('--json', 'print the page as one JSON document')
    .action(async (options) => onDone(await listJobs(options, surroundings())));

  program
    .command('job')
    .argument('<id>')
    .description('show one job')
    .option('--json', 'print it as one JSON document')
    .action(async (id, options) => onDone(await showJob(id, options, surroundings())));

  program
    .command('explain')
    .argument('<id>')
    .description('why a job stands where it stands, what ran and failed, and what comes next')
    .option('--json', 'print it as one JSON document')
    .action(async (id, options) => onDone(await explainJob(id, options, surroundings())));

  program
    .command('cancel')
    .argument('<id>')
    .description('cancel a job')
    .option('--json', 'print it as one JSON document')
    .action(async (id, options) => onDone(await cancelJob(id, options, surroundings())));

  program
    .command('retry')
    .argument('<id>')
    .description('take up a job that failed or was cancelled; what is done stays done')
    .option('--rendition <name...>', 'make these again though they are done')
    .option('--task <name...>', 'make these again though they are done; `streamflix job` names them')
    .option('--json', 'print it as one JSON document')
    .action(async (id, options) => onDone(await retryJob(id, options, surroundings())));

  program
    .command('verify')
    .description('compare database, topics and store for every job, and print each disagreement')
    .option('--since <span>', 'jobs that changed in this span and those that have not ended: 90s, 30m, 24h, 7d', '24h')
    .option('--job <id>', 'only this job')
    .option('--json', 'print findings and summary as JSON documents, one a line')
    .action(async (options) => onDone(await verify(options, surroundings())));

  const session = { env, stdin, stdout: context.stdout };
  const passwordStdin = ['--password-stdin', 'read the password from stdin'] as const;
  program
    .command('login')
    .argument('<email>')
    .description('log in at the gateway of GATEWAY_URL; the session is kept in ~/.config/streamflix')
    .option(...passwordStdin)
    .action(async (email, options) => onDone(await logIn(email, options, session)));
  program
    .command('logout')
    .description('end the session')
    .action(async () => onDone(await logOut(session)));
  program
    .command('set-password')
    .description('set a password with the token of an invitation or a reset')
    .requiredOption('--token <token>', 'as in the mail')
    .option(...passwordStdin)
    .action(async (options) => onDone(await setPassword(options, session)));
  program
    .command('whoami')
    .description('who you are, and what you may do')
    .option('--json', 'print it as one JSON document')
    .action(async (options) => onDone(await whoami(options, surroundings())));
  for (const commands of [userCommands, keyCommands, tenantCommands]) program.addCommand(commands(surroundings, onDone));
  program.addCommand(deadLetterCommands(surroundings, onDone));
  program.addCommand(profileCommands(surroundings, onDone));
  program
    .command('priority')
    .argument('<id>')
    .argument('<1..10>', '10 critical, 5 normal, 3 low, 1 background', wholeNumber)
    .description('give a job another priority')
    .option('--json', 'print it as one JSON document')
    .action(async (id, priority, options) => onDone(await reprioritiseJob(id, priority, options, surroundings())));

  program
    .command('completion')
    .argument('<shell>', shells.join(', '))
    .description('print what completes commands and options in a shell: source <(streamflix completion bash)')
    .action((shell) => {
      if (!isShell(shell)) throw new UsageError(`There is no completion for ${shell}, only for ${shells.join(', ')}.`);
      context.stdout.write(completionOf(program, shell));
      onDone(exitCodes.done);
    });

  // exitOverride and output are not handed down to commands that exist already.
  for (const command of program.commands.flatMap((each) => [each, ...each.commands])) command.copyInheritedSettings(program);
  return program;
}
