import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { credentialsFileOf, readCredentials } from './credentials.ts';
import { UsageError } from './exit-codes.ts';

/** The gateway, without a slash at the end, and what opens it: a key, or the session that is kept for it. */
export type Connection = { url: string; apiKey: string } | { url: string; credentialsFile: string };

type Environment = Record<string, string | undefined>;

const stackFile = join('.local', 'stack.env');

/** What the local stack wrote in this folder or the nearest one above. */
function readStackEnv(folder: string): Environment {
  for (let at = folder; ; at = dirname(at)) {
    try {
      return parseEnv(readFileSync(join(at, stackFile), 'utf8'));
    } catch (error) {
      const isAbsent = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
      if (!isAbsent) throw error;
    }
    if (dirname(at) === at) return {};
  }
}

function checkedUrl(url: string): string {
  if (!URL.canParse(url)) throw new UsageError('GATEWAY_URL is not a URL.');
  return url.replace(/\/$/, '');
}

/** Where to log in. */
export function gatewayUrlOf({ GATEWAY_URL: url }: Environment): string {
  if (url === undefined) throw new UsageError('Set GATEWAY_URL to say where.');
  return checkedUrl(url);
}

/** The session of a gateway; of the last one logged in at, where none is said. */
function findSession(env: Environment): Connection | null {
  const credentialsFile = credentialsFileOf(env);
  if (credentialsFile === null) return null;
  const { current, gateways } = readCredentials(credentialsFile);
  const url = env.GATEWAY_URL === undefined ? current : checkedUrl(env.GATEWAY_URL);
  return url === null || gateways[url] === undefined ? null : { url, credentialsFile };
}

/**
 * Where the gateway is: from the environment, else from the local stack, else where the last log-in was. Never half from each: a key must not be
 * sent to a gateway it does not belong to.
 */
export function findConnection(env: Environment, folder: string): Connection {
  const isGiven = env.GATEWAY_URL !== undefined || env.API_KEY !== undefined;
  const { GATEWAY_URL: url, API_KEY: apiKey } = isGiven ? env : readStackEnv(folder);
  if (url !== undefined && apiKey !== undefined) return { url: checkedUrl(url), apiKey };
  const session = env.API_KEY === undefined ? findSession(env) : null;
  if (session !== null) return session;
  throw new UsageError(`Set GATEWAY_URL and API_KEY, log in, or run where ${stackFile} is (npm run stack -- up makes it).`);
}
