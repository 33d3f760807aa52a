import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { UsageError } from './exit-codes.ts';

export interface Connection {
  /** Without a slash at the end. */
  url: string;
  apiKey: string;
}

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

/**
 * Where the gateway is: from the environment, else from the local stack. Never half from each: a key must not be sent to a
 * gateway it does not belong to.
 */
export function findConnection(env: Environment, folder: string): Connection {
  const isGiven = env.GATEWAY_URL !== undefined || env.API_KEY !== undefined;
  const { GATEWAY_URL: url, API_KEY: apiKey } = isGiven ? env : readStackEnv(folder);
  if (url === undefined || apiKey === undefined) {
    throw new UsageError(`Set GATEWAY_URL and API_KEY, or run where ${stackFile} is (npm run stack -- up makes it).`);
  }
  if (!URL.canParse(url)) throw new UsageError('GATEWAY_URL is not a URL.');
  return { url: url.replace(/\/$/, ''), apiKey };
}
