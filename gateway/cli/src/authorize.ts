import { tokensSchema } from '@streamflix/contracts';
import { request } from 'undici';
import type { Connection } from './connection.ts';
import { changeCredentials, toCredentials } from './credentials.ts';
import { RefusedError, UnreachableError } from './exit-codes.ts';

/** So that a token does not end on its way. */
const marginMs = 30_000;

const loggedOut = () => new RefusedError(401, 'UNAUTHENTICATED', 'You are not logged in any more: streamflix login');

async function refresh(url: string, refreshToken: string) {
  const answer = await request(`${url}/api/v1/auth/refresh`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refreshToken }),
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
  }).catch((error: Error) => {
    throw new UnreachableError(`The gateway at ${url} does not answer: ${error.message}`, { cause: error });
  });
  const text = await answer.body.text();
  if (answer.statusCode === 401) return null;
  if (answer.statusCode >= 400)
    throw new RefusedError(answer.statusCode, `HTTP_${answer.statusCode}`, 'The session was not refreshed.');
  return toCredentials(tokensSchema.parse(JSON.parse(text)));
}

/** The headers that say who asks, for one request; a session is refreshed when its token is about to end. */
export async function authorize(connection: Connection): Promise<Record<string, string>> {
  if ('apiKey' in connection) return { 'x-api-key': connection.apiKey };
  const { url, credentialsFile } = connection;
  const { accessToken } =
    (await changeCredentials(credentialsFile, url, async (before) =>
      before === null || before.expiresAt - marginMs > Date.now() ? before : refresh(url, before.refreshToken),
    )) ?? {};
  if (accessToken === undefined) throw loggedOut();
  return { authorization: `Bearer ${accessToken}` };
}
