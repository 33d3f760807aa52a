import { Command } from 'commander';
import { keyCommands, tenantCommands, userCommands } from './commands/administer.ts';
import { deadLetterCommands } from './commands/dead-letters.ts';
import { addInsightCommands } from './commands/insight.ts';
import { addJobCommands } from './commands/jobs.ts';
import { asJson } from './commands/output.ts';
import { profileCommands } from './commands/profiles.ts';
import { logIn, logOut, setPassword } from './commands/session.ts';
import { submit } from './commands/submit.ts';
import { submitBatch } from './commands/submit-batch.ts';
import { ofTenant, type Surroundings, type Whose } from './commands/surroundings.ts';
import { verify } from './commands/verify.ts';
import { whoami } from './commands/whoami.ts';
import { completionOf, isShell, shells } from './completion.ts';
import { findConnection } from './connection.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { connectGateway } from './gateway-client.ts';
import { collectPairs, moment, wholeNumber } from './parse-options.ts';

const help = `
The gateway is taken from GATEWAY_URL and API_KEY of the environment; when neither is set, from .local/stack.env
in this folder or the nearest one above, where the local stack writes it; else it is where you logged in last.
GATEWAY_URL without API_KEY means the session you have there.

Exit codes: 0 done (with --wait: the job completed), 1 the job failed or was cancelled, a job of a batch was
refused, or verify found a disagreement, 2 usage, 3 the gateway cannot be reached or refused, 130 interrupted, or delete
was told no.`;

const onceOnly = ['--idempotency-key <key>', 'a key of your making: said again with the same, it gets the first answer'] as const;

export interface ProgramContext extends Omit<Surroundings, 'client'> {
  env: Record<string, string | undefined>;
}

/** The command line; `onDone` gets the exit code of the command that ran. */
export function createProgram({ env, ...context }: ProgramContext, onDone: (exitCode: number) => void): Command {
  const surroundings = ({ tenant }: Whose = {}): Surroundings => ({
    ...context,
    client: connectGateway(findConnection(env, context.folder), tenant),
  });
  const program = new Command('streamflix')
    .description('Submit videos and follow them.')
    .addHelpText('after', help)
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.stdout.write(text), writeErr: (text) => context.stderr.write(text) });

  program
    .command('submit')
    .argument('<source>', "a file, s3://BUCKET/KEY (s3:///KEY in the platform's own bucket), or a public https URL")
    .description('make a job of a video: upload a file, or say where it is')
    .option('--from-folder <name>', 'take SOURCE as a path in this folder of the installation')
    .option('--wait', 'wait for the outcome, with a progress bar')
    .option('--json', 'print only the job, as one JSON document; with --wait once it has ended')
    .option('--video-id <id>', 'your own id of the video')
    .option('--priority <1..10>', '10 critical, 5 normal, 3 low, 1 background', wholeNumber)
    .option('--profile <name>', 'encoding profile')
    .option('--webhook <url>', 'where to POST the outcome')
    .option('--metadata <name=value>', 'carried through to the outcome; may be repeated', collectPairs)
    .option('--thumbnail <file>', 'of a file: a JPEG, PNG or WebP that becomes the poster')
    .option('--deadline <moment>', 'of what is not uploaded: after it the outcome is worthless, as 2030-01-31T12:00:00Z', moment)
    .option('--filename <name>', 'of an object or a URL: what it is called')
    .option('--content-type <type>', 'of an object')
    .option('--sha256 <hex>', 'of an object: the SHA-256 of its bytes')
    .option(...onceOnly)
    .option(...ofTenant)
    .action(async (source, options) => onDone(await submit(source, options, surroundings(options))));

  program
    .command('submit-batch')
    .argument('<file>', 'a JSON document {"jobs": [...]} of up to 100 that POST /api/v1/jobs takes, or only the list; -: stdin')
    .description('make a job of each object or URL in a list, and print a line for each')
    .option('--json', asJson)
    .option(...onceOnly)
    .option(...ofTenant)
    .action(async (file, options) => onDone(await submitBatch(file, options, surroundings(options))));

  addJobCommands(program, surroundings, onDone);
  addInsightCommands(program, surroundings, onDone);

  program
    .command('verify')
    .description('compare database, topics and store for every job, and print each disagreement')
    .option('--since <span>', 'jobs that changed in this span and those that have not ended: 90s, 30m, 24h, 7d', '24h')
    .option('--job <id>', 'only this job')
    .option('--json', 'print findings and summary as JSON documents, one a line')
    .action(async (options) => onDone(await verify(options, surroundings())));

  const session = { env, stdin: context.stdin, stdout: context.stdout };
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
