import { randomBytes, randomUUID } from 'node:crypto';
import { readFileIfThere, writeFileWhole } from './files.ts';
import type { StackPaths } from './paths.ts';
import { findFreePorts, isPortFree } from './ports.ts';

const portNames = ['kafka', 'kafkaController', 'registry', 'postgres', 'redis', 's3', 'gateway'] as const;
export type PortName = (typeof portNames)[number];

/** What one stack keeps for its whole life: data written with a password must be opened with the same one. */
export interface StackSettings {
  readonly ports: Readonly<Record<PortName, number>>;
  readonly secrets: {
    readonly postgresPassword: string;
    readonly redisPassword: string;
    readonly s3AccessKey: string;
    readonly s3SecretKey: string;
    readonly apiKey: string;
    readonly webhookSecret: string;
  };
  /** 16 random bytes in URL-safe base64, as Kafka's own tool makes it. */
  readonly kafkaClusterId: string;
}

export async function readSettings(paths: StackPaths): Promise<StackSettings | undefined> {
  const text = await readFileIfThere(paths.settingsFile);
  return text === undefined ? undefined : (JSON.parse(text) as StackSettings);
}

/** Keeps the ports of the last run where they are still free, and those of `busyPorts`, which our own servers hold now. */
export async function loadOrMakeSettings(paths: StackPaths, busyPorts: ReadonlySet<number>): Promise<StackSettings> {
  const old = await readSettings(paths);
  if (old === undefined) {
    const settings = { ports: await findFreePorts(portNames), secrets: makeSecrets(), kafkaClusterId: makeClusterId() };
    await saveSettings(paths, settings);
    return settings;
  }
  const lost: PortName[] = [];
  for (const name of portNames) {
    // The gateway's port belongs to a process that other commands start: busy is its ordinary state.
    if (name !== 'gateway' && !busyPorts.has(old.ports[name]) && !(await isPortFree(old.ports[name]))) lost.push(name);
  }
  const isComplete = Object.keys(makeSecrets()).every((name) => name in old.secrets);
  if (lost.length === 0 && isComplete) return old;
  const settings = {
    ...old,
    secrets: { ...makeSecrets(), ...old.secrets },
    ports: { ...old.ports, ...(await findFreePorts(lost)) },
  };
  await saveSettings(paths, settings);
  return settings;
}

async function saveSettings(paths: StackPaths, settings: StackSettings): Promise<void> {
  await writeFileWhole(paths.settingsFile, `${JSON.stringify(settings, null, 2)}\n`, 0o600);
}

function makeSecrets(): StackSettings['secrets'] {
  return {
    postgresPassword: randomBytes(18).toString('hex'),
    redisPassword: randomBytes(18).toString('hex'),
    s3AccessKey: randomBytes(10).toString('hex').toUpperCase(),
    s3SecretKey: randomBytes(20).toString('hex'),
    apiKey: `sk_${randomBytes(24).toString('hex')}`,
    webhookSecret: randomBytes(24).toString('hex'),
  };
}

export function makeClusterId(): string {
  return Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
}
