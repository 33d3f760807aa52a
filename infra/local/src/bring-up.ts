import { Listr, type ListrTask } from 'listr2';
import { installPackages } from './install/apt.ts';
import type { StackPlan } from './needs.ts';
import type { StackPaths } from './paths.ts';
import { type Progress, renderers } from './progress.ts';
import { runServer } from './run-server.ts';
import type { ServerName } from './server-process.ts';
import type { LocalServer } from './servers/local-server.ts';
import type { StackTools } from './stack-env.ts';
import type { Step } from './step.ts';
import { detectSandbox, findFfmpeg, findPackager } from './tools.ts';

const titles: Readonly<Record<ServerName, string>> = {
  kafka: 'Kafka',
  registry: 'Schema registry (Apicurio)',
  postgres: 'PostgreSQL',
  redis: 'Redis',
  s3: 'S3 (versitygw)',
};

export interface BringUp {
  readonly paths: StackPaths;
  readonly servers: readonly LocalServer[];
  readonly plan: StackPlan;
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/** Installs and starts all that is independent at the same time; a fault of one lets the others finish, so that a next run has less to do. */
export async function bringUp({ paths, servers, plan, environment, progress, signal }: BringUp): Promise<StackTools> {
  const packages = shared();
  const kafka = shared();
  if (!servers.some(({ name }) => name === 'kafka')) kafka.resolve();
  let tools: StackTools | undefined;

  const serverTask = (server: LocalServer): ListrTask => ({
    title: titles[server.name],
    task: async (_, task) => {
      const step: Step = { say: sayOn(task), signal };
      if (server.name === 'postgres' || server.name === 'redis') await packages.promise;
      await server.install(step);
      if (server.name === 'registry') await kafka.promise;
      step.say('starting');
      const started = runServer(paths, server, step);
      if (server.name === 'kafka') settle(kafka, started);
      await started;
      task.title = `${titles[server.name]} on port ${server.port}`;
    },
  });
  const packageTask: ListrTask = {
    title: `Packages: ${plan.packages.join(', ')}`,
    enabled: () => plan.packages.length > 0,
    task: async (_, task) => {
      const installed = installPackages(plan.packages, plan.rootPrefix, { say: sayOn(task), signal });
      settle(packages, installed);
      await installed;
    },
  };
  const toolTask: ListrTask = {
    title: 'ffmpeg, Shaka Packager, sandbox',
    task: async (_, task) => {
      await packages.promise;
      tools = await findTools(environment);
      task.title = `ffmpeg, Shaka Packager, sandbox (${tools.sandbox})`;
    },
  };
  if (plan.packages.length === 0) packages.resolve();

  const list = new Listr([packageTask, ...servers.map(serverTask), toolTask], {
    concurrent: true,
    exitOnError: false,
    // Its own would end the process at once, with servers just started and nobody to stop them.
    registerSignalListeners: false,
    collectErrors: true,
    renderer: renderers[progress],
    rendererOptions: { collapseErrors: false },
  });
  await list.run();
  signal?.throwIfAborted();
  const faults = new Set((list.errors ?? []).map(({ message }) => message));
  if (faults.size > 0) throw new Error([...faults].join('\n'));
  if (tools === undefined) throw new Error('ffmpeg and its companions were not looked for');
  return tools;
}

async function findTools(environment: NodeJS.ProcessEnv): Promise<StackTools> {
  const [found, packager] = await Promise.all([findFfmpeg(), findPackager()]);
  return {
    ffmpeg: requirePath('ffmpeg', environment.FFMPEG_PATH || found.ffmpeg),
    ffprobe: requirePath('ffprobe', environment.FFPROBE_PATH || found.ffprobe),
    packager: requirePath('Shaka Packager', environment.PACKAGER_PATH || packager),
    sandbox: environment.MEDIA_SANDBOX || (await detectSandbox()),
  };
}

function requirePath(name: string, path: string | undefined): string {
  if (path === undefined) throw new Error(`${name} is not there although it was installed`);
  return path;
}

function sayOn(task: { output: string }): Step['say'] {
  return (text) => {
    task.output = text;
  };
}

/** A promise that others may wait for; its fault is reported where it arose, so nobody needs to be waiting. */
function shared(): PromiseWithResolvers<void> {
  const made = Promise.withResolvers<void>();
  made.promise.catch(() => undefined);
  return made;
}

function settle(waited: PromiseWithResolvers<void>, work: Promise<void>): void {
  work.then(waited.resolve, (error: Error) => waited.reject(error));
}
