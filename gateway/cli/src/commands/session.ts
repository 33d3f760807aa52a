import { text } from 'node:stream/consumers';
import { openApi, told } from '../api.ts';
import { authorize } from '../authorize.ts';
import { gatewayUrlOf } from '../connection.ts';
import { changeCredentials, credentialsFileOf, readCredentials, toCredentials } from '../credentials.ts';
import { exitCodes, RefusedError, UsageError } from '../exit-codes.ts';
import { askSecret } from './ask-secret.ts';

export interface SessionContext {
  env: Record<string, string | undefined>;
  stdout: { write(text: string): unknown };
  stdin: NodeJS.ReadStream;
}

interface Secret {
  passwordStdin?: boolean;
}

function fileOf(env: SessionContext['env']): string {
  const file = credentialsFileOf(env);
  if (file === null) throw new UsageError('Set HOME or XDG_CONFIG_HOME: there is no place to keep a session.');
  return file;
}

/** From the terminal without an echo, or a line of stdin; never an argument, which others on the machine can read. */
async function readPassword({ stdin }: SessionContext, { passwordStdin }: Secret, question: string): Promise<string> {
  if (passwordStdin === true) return (await text(stdin)).replace(/\r?\n$/, '');
  if (!stdin.isTTY) throw new UsageError('There is no terminal to ask for the password: use --password-stdin.');
  return askSecret(stdin, question);
}

export async function logIn(email: string, options: Secret, context: SessionContext): Promise<number> {
  const url = gatewayUrlOf(context.env);
  const password = await readPassword(context, options, 'Password: ');
  const tokens = await told(openApi(url).POST('/api/v1/auth/login', { body: { email, password } }));
  await changeCredentials(fileOf(context.env), url, async () => toCredentials(tokens));
  context.stdout.write(`Logged in at ${url}.\n`);
  return exitCodes.done;
}

export async function setPassword(options: Secret & { token: string }, context: SessionContext): Promise<number> {
  const newPassword = await readPassword(context, options, 'New password: ');
  await told(
    openApi(gatewayUrlOf(context.env)).POST('/api/v1/auth/password/set', { body: { token: options.token, newPassword } }),
  );
  context.stdout.write('The password is set: streamflix login.\n');
  return exitCodes.done;
}

/** Forgets the session here in any case, and ends it there if the gateway can be reached. */
export async function logOut({ env, stdout }: SessionContext): Promise<number> {
  const file = fileOf(env);
  const url = env.GATEWAY_URL === undefined ? readCredentials(file).current : gatewayUrlOf(env);
  if (url === null || readCredentials(file).gateways[url] === undefined) throw new UsageError('You are not logged in.');
  try {
    const session = { url, credentialsFile: file };
    await told(openApi(url, () => authorize(session)).POST('/api/v1/auth/logout'));
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
  } finally {
    await changeCredentials(file, url, async () => null);
  }
  stdout.write('Logged out.\n');
  return exitCodes.done;
}
