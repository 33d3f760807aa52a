import { endpointKeys } from '@streamflix/infra/local';

/** This process's environment without the servers it names: who stops, wipes or loads servers brings their own. */
export function ownEnvironment(): NodeJS.ProcessEnv {
  const foreign = new Set<string>(Object.values(endpointKeys));
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.has(name)));
}
