import { rm } from 'node:fs/promises';
import { faultProxyModule, installGoModule } from './install/go.ts';
import { stackPaths } from './paths.ts';
import { findFreePorts } from './ports.ts';
import { runServer } from './run-server.ts';
import { endServer } from './server-process.ts';
import { type LocalServer, loopback } from './servers/local-server.ts';
import { quietly, type Step } from './step.ts';

/** What happens to the bytes of a connection; the names are toxiproxy's. */
export type Toxic =
  | { readonly type: 'latency'; readonly attributes: { readonly latency: number; readonly jitter: number } }
  | { readonly type: 'limit_data'; readonly attributes: { readonly bytes: number } }
  | { readonly type: 'reset_peer'; readonly attributes: { readonly timeout: number } };

/** Stands before servers and spoils what goes through it when told to. */
export interface FaultProxy<Name extends string> {
  /** Where each server is reached through the proxy, as `host:port`. */
  readonly addresses: Readonly<Record<Name, string>>;
  /** False: every connection is cut and new ones are refused. */
  setEnabled(name: Name, enabled: boolean): Promise<void>;
  /** Spoils what the server answers, one way at a time. */
  poison(name: Name, toxic: Toxic): Promise<void>;
  /** Takes everything away that was done to this server's connections. */
  heal(name: Name): Promise<void>;
  stop(): Promise<void>;
}

const serverName = 'toxiproxy';
const toxicName = 'fault';

/** Starts a proxy before each of the servers, given as `host:port` by a name. */
export async function startFaultProxy<Name extends string>(
  dir: string,
  upstreams: Readonly<Record<Name, string>>,
  step: Step = quietly,
): Promise<FaultProxy<Name>> {
  const paths = stackPaths(dir);
  const names = Object.keys(upstreams) as Name[];
  await endServer(paths, serverName, 'SIGKILL');
  await rm(paths.dir, { recursive: true, force: true });
  const ports: Record<string, number> = await findFreePorts<string>([serverName, ...names]);
  const api = `http://${loopback}:${ports[serverName]}`;
  await runServer(paths, proxyServer(ports[serverName] ?? 0, api), step);

  const ask = async (method: string, path: string, body?: unknown): Promise<number> => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${api}${path}`, { method, ...init, signal: AbortSignal.timeout(5_000) });
    const text = await answer.text();
    if (!answer.ok && answer.status !== 404) throw new Error(`toxiproxy answers ${answer.status} to ${method} ${path}: ${text}`);
    return answer.status;
  };
  const listenOf = (name: Name): string => `${loopback}:${ports[name]}`;
  for (const name of names) await ask('POST', '/proxies', { name, listen: listenOf(name), upstream: upstreams[name] });

  const setEnabled = async (name: Name, enabled: boolean) => {
    await ask('POST', `/proxies/${name}`, { enabled });
  };
  return {
    addresses: Object.fromEntries(names.map((name) => [name, listenOf(name)])) as Record<Name, string>,
    setEnabled,
    poison: async (name, toxic) => {
      await ask('POST', `/proxies/${name}/toxics`, { name: toxicName, stream: 'downstream', ...toxic });
    },
    heal: async (name) => {
      await ask('DELETE', `/proxies/${name}/toxics/${toxicName}`);
      await setEnabled(name, true);
    },
    stop: async () => {
      await endServer(paths, serverName, 'SIGTERM');
    },
  };
}

function proxyServer(port: number, api: string): LocalServer<string> {
  return {
    name: serverName,
    port,
    stopSignal: 'SIGTERM',
    install: async (step) => {
      await installGoModule(faultProxyModule, step);
    },
    prepare: async (step) => ({
      file: await installGoModule(faultProxyModule, step),
      args: ['-host', loopback, '-port', String(port)],
    }),
    probe: async () => {
      const answer = await fetch(`${api}/version`, { signal: AbortSignal.timeout(2_000) });
      if (!answer.ok) throw new Error(`it answers ${answer.status} to GET /version`);
    },
  };
}
