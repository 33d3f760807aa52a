import { openApi, told } from './api.ts';
import type { Connection } from './connection.ts';
import { changeCredentials, toCredentials } from './credentials.ts';
import { RefusedError } from './exit-codes.ts';

/** So that a token does not end on its way. */
const marginMs = 30_000;

const loggedOut = () => new RefusedError(401, 'UNAUTHENTICATED', 'You are not logged in any more: streamflix login');

async function refresh(url: string, refreshToken: string) {
  try {
    return toCredentials(await told(openApi(url).POST('/api/v1/auth/refresh', { body: { refreshToken } })));
  } catch (error) {
    if (error instanceof RefusedError && error.status === 401) return null;
    throw error;
  }
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
