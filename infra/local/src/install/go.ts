import { join } from 'node:path';
import { runCommand } from '../run-command.ts';
import type { Step } from '../step.ts';
import { cached, installLog } from './cached.ts';

export const s3GatewayModule = {
  name: 'versitygw',
  module: 'github.com/versity/versitygw/cmd/versitygw',
  version: 'v1.8.0',
} as const;
export const composeCheckModule = {
  name: 'cmd',
  module: 'github.com/compose-spec/compose-go/v2/cmd',
  version: 'v2.16.2',
} as const;

export const faultProxyModule = {
  name: 'server',
  module: 'github.com/Shopify/toxiproxy/v2/cmd/server',
  version: 'v2.5.0',
} as const;

export const loadTestModule = {
  name: 'k6',
  module: 'go.k6.io/k6',
  version: 'v1.8.1',
} as const;

export interface GoModule {
  /** What `go install` names the binary. */
  readonly name: string;
  readonly module: string;
  readonly version: string;
}

export function goCacheName({ name, module, version }: GoModule): string {
  const [, , project, ...rest] = module.split('/');
  const last = rest.at(-1) ?? name;
  return join('bin', `${last === 'cmd' || last === 'server' ? project : last}-${version}`);
}

/** The path of the built binary. */
export async function installGoModule(goModule: GoModule, step: Step): Promise<string> {
  return await cached(goCacheName(goModule), step, async (draft) => {
    step.say(`building ${goModule.module}@${goModule.version} (about two minutes)`);
    await runCommand('go', ['install', `${goModule.module}@${goModule.version}`], {
      // Two at a time: the build shares the machine with the servers that start meanwhile.
      env: { GOBIN: draft, GOFLAGS: `${process.env.GOFLAGS ?? ''} -p=2`.trim() },
      cwd: draft,
      signal: step.signal,
      logFile: installLog(goModule.name),
    });
    return join(draft, goModule.name);
  });
}

/** k6; the path of its binary. */
export const installLoadTester = (step: Step): Promise<string> => installGoModule(loadTestModule, step);
