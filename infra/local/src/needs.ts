import { join } from 'node:path';
import { exists } from './files.ts';
import { findRootPrefix } from './install/apt.ts';
import { goCacheName, s3GatewayModule } from './install/go.ts';
import { kafkaCacheName, registryCacheName } from './install/maven.ts';
import { cacheDir } from './paths.ts';
import { findOnPath, tryCommand } from './run-command.ts';
import type { ServerName } from './server-process.ts';
import { serverNames } from './server-process.ts';
import { findPostgresDir } from './servers/postgres.ts';
import { type EndpointEnv, endpointKeys } from './stack-env.ts';
import { findPackager } from './tools.ts';

/** What is to be done, found out before anything long starts: every fault is told at once. */
export interface StackPlan {
  /** The servers that are ours to run. */
  readonly servers: readonly ServerName[];
  readonly storage: 's3' | 'local';
  readonly packages: readonly string[];
  readonly rootPrefix: readonly string[];
  readonly notices: readonly string[];
}

/** Something is missing that we cannot get ourselves: what, why and how to get it, one entry each. */
export class CannotStart extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`The local stack cannot start:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'CannotStart';
    this.faults = faults;
  }
}

export async function planStack(given: Partial<EndpointEnv>, environment: NodeJS.ProcessEnv): Promise<StackPlan> {
  if (process.platform !== 'linux') {
    throw new CannotStart([
      `This is ${process.platform}; the servers are installed for Linux only. Use docker-compose.yml instead.`,
    ]);
  }
  const [storage, javaFaults, packages, s3Faults, toolFaults] = await Promise.all([
    chooseStorage(given, environment),
    checkJava(given),
    missingPackages(given, environment),
    checkGivenStorage(given, environment),
    checkTools(environment),
  ]);
  const wanted = serverNames.filter((name) => given[endpointKeys[name]] === undefined);
  const rootPrefix = packages.length === 0 ? [] : await findRootPrefix();
  const canInstall = rootPrefix !== undefined && (packages.length === 0 || (await findOnPath('apt-get')) !== undefined);
  const faults = [...javaFaults, ...s3Faults, ...toolFaults];
  const notices: string[] = storage === 'local' && environment.STORAGE_DRIVER !== 'local' ? [noGo] : [];
  if (!canInstall) {
    const needed = packages.filter((name) => name !== 'bubblewrap');
    if (needed.length > 0) faults.push(cannotInstall(needed));
    else
      notices.push(
        'bubblewrap is missing and cannot be installed without root: ffmpeg runs without a sandbox (MEDIA_SANDBOX=none).',
      );
  }
  if (faults.length > 0) throw new CannotStart(faults);
  return {
    servers: wanted.filter((name) => name !== 's3' || storage === 's3'),
    storage,
    packages: canInstall ? packages : [],
    rootPrefix: rootPrefix ?? [],
    notices,
  };
}

const noGo =
  'Go is missing, so there is no S3 server: files go to a local folder (STORAGE_DRIVER=local). For S3 install Go 1.24 or newer (https://go.dev/dl), or set S3_ENDPOINT.';

async function chooseStorage(given: Partial<EndpointEnv>, environment: NodeJS.ProcessEnv): Promise<'s3' | 'local'> {
  if (environment.STORAGE_DRIVER === 'local') return 'local';
  if (given.S3_ENDPOINT !== undefined || (await isCached(goCacheName(s3GatewayModule)))) return 's3';
  return (await findOnPath('go')) === undefined ? 'local' : 's3';
}

async function checkJava(given: Partial<EndpointEnv>): Promise<string[]> {
  const needed = [];
  if (given.KAFKA_BROKERS === undefined) needed.push({ server: 'Kafka', cache: kafkaCacheName, key: 'KAFKA_BROKERS' });
  if (given.SCHEMA_REGISTRY_URL === undefined) {
    needed.push({ server: 'the schema registry', cache: registryCacheName, key: 'SCHEMA_REGISTRY_URL' });
  }
  if (needed.length === 0) return [];
  const servers = needed.map(({ server }) => server).join(' and ');
  const instead = `or set ${needed.map(({ key }) => key).join(' and ')} to servers you have`;
  const faults: string[] = [];
  const version = parseJavaVersion((await tryCommand('java', ['-version'])) ?? '');
  if (version === undefined)
    faults.push(`Java is missing: ${servers} run on it. Install it (apt install openjdk-17-jre-headless), ${instead}.`);
  else if (version < 17)
    faults.push(`Java is ${version}: ${servers} need 17 or newer. Install it (apt install openjdk-17-jre-headless), ${instead}.`);
  const cachedAll = (await Promise.all(needed.map(({ cache }) => isCached(cache)))).every(Boolean);
  if (!cachedAll && (await findOnPath('mvn')) === undefined) {
    faults.push(`Maven is missing: it downloads ${servers}. Install it (apt install maven), ${instead}.`);
  }
  return faults;
}

/** `openjdk version "17.0.15"` is 17; `java version "1.8.0_392"` is 8. */
export function parseJavaVersion(text: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(text);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

async function missingPackages(given: Partial<EndpointEnv>, environment: NodeJS.ProcessEnv): Promise<string[]> {
  const packages: string[] = [];
  if (given.DATABASE_URL === undefined && (await findPostgresDir()) === undefined) packages.push('postgresql');
  if (given.REDIS_URL === undefined && (await findOnPath('redis-server')) === undefined) packages.push('redis-server');
  const ffmpegGiven = Boolean(environment.FFMPEG_PATH && environment.FFPROBE_PATH);
  if (!ffmpegGiven && !((await findOnPath('ffmpeg')) && (await findOnPath('ffprobe')))) packages.push('ffmpeg');
  if (!environment.MEDIA_SANDBOX && (await findOnPath('bwrap')) === undefined) packages.push('bubblewrap');
  return packages;
}

const packageReasons: Readonly<Record<string, string>> = {
  postgresql: 'PostgreSQL holds the state of every job (or set DATABASE_URL)',
  'redis-server': 'Redis keeps two workers from the same work (or set REDIS_URL)',
  ffmpeg: 'ffmpeg encodes (or set FFMPEG_PATH and FFPROBE_PATH)',
};

function cannotInstall(packages: readonly string[]): string {
  const reasons = packages.map((name) => `${name}: ${packageReasons[name] ?? 'needed'}`).join('; ');
  return `Packages are missing, and this user is not root (nor has sudo without a password) or there is no apt-get. ${reasons}. Install them: sudo apt-get install -y ${packages.join(' ')}`;
}

function checkGivenStorage(given: Partial<EndpointEnv>, environment: NodeJS.ProcessEnv): string[] {
  if (given.S3_ENDPOINT === undefined) return [];
  return ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'S3_BUCKET']
    .filter((key) => !environment[key])
    .map((key) => `S3_ENDPOINT is given without ${key}: set it, or unset S3_ENDPOINT to have a server started.`);
}

async function checkTools(environment: NodeJS.ProcessEnv): Promise<string[]> {
  if (environment.PACKAGER_PATH || (await findPackager()) !== undefined) return [];
  return [
    `Shaka Packager has no binary for ${process.platform}-${process.arch} in node_modules: run npm ci, or set PACKAGER_PATH.`,
  ];
}

async function isCached(name: string): Promise<boolean> {
  return await exists(join(cacheDir, name));
}
