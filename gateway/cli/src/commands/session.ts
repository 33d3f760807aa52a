import { text } from 'node:stream/consumers';
import { errorAnswerSchema, tokensSchema } from '@streamflix/contracts';
import { request } from 'undici';
import { authorize } from '../authorize.ts';
import { gatewayUrlOf } from '../connection.ts';
import { changeCredentials, credentialsFileOf, readCredentials, toCredentials } from '../credentials.ts';
import { exitCodes, RefusedError, UnreachableError, UsageError } from '../exit-codes.ts';
import { askSecret } from './ask-secret.ts';

export interface SessionContext {
  env: Record<string, string | undefined>;
  stdout: { write(text: string): unknown };
  stdin: NodeJS.ReadStream;
}

interface Secret {
  passwordStdin?: boolean;
}

async function post(url: string, path: string, body: object, headers: Record<string, string> = {}): Promise<unknown> {
  const answer = await request(`${url}/api/v1/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
  }).catch((error: Error) => {
    throw new UnreachableError(`The gateway at ${url} does not answer: ${error.message}`, { cause: error });
  });
  const content = await answer.body.text();
  if (answer.statusCode < 400) return content === '' ? null : JSON.parse(content);
  const { error } = errorAnswerSchema.parse(JSON.parse(content));
  throw new RefusedError(answer.statusCode, error.code, error.message);
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
  const tokens = tokensSchema.parse(await post(url, 'login', { email, password }));
  await changeCredentials(fileOf(context.env), url, async () => toCredentials(tokens));
  context.stdout.write(`Logged in at ${url}.\n`);
  return exitCodes.done;
}

export async function setPassword(options: Secret & { token: string }, context: SessionContext): Promise<number> {
  const newPassword = await readPassword(context, options, 'New password: ');
  await post(gatewayUrlOf(context.env), 'password/set', { token: options.token, newPassword });
  context.stdout.write('The password is set: streamflix login.\n');
  return exitCodes.done;
}

/** Forgets the session here in any case, and ends it there if the gateway can be reached. */
export async function logOut({ env, stdout }: SessionContext): Promise<number> {
  const file = fileOf(env);
  const url = env.GATEWAY_URL === undefined ? readCredentials(file).current : gatewayUrlOf(env);
  if (url === null || readCredentials(file).gateways[url] === undefined) throw new UsageError('You are not logged in.');
  try {
    await post(url, 'logout', {}, await authorize({ url, credentialsFile: file }));
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
  } finally {
    await changeCredentials(file, url, async () => null);
  }
  stdout.write('Logged out.\n');
  return exitCodes.done;
}
