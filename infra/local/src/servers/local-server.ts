import type { StackPaths } from '../paths.ts';
import type { LaunchCommand, ServerName } from '../server-process.ts';
import type { StackSettings } from '../settings.ts';
import type { Step } from '../step.ts';

/** One server of the stack. Every step may be repeated: a run that was killed is followed by another. */
export interface LocalServer<Name extends string = ServerName> {
  readonly name: Name;
  readonly port: number;
  /** What asks it to end cleanly. */
  readonly stopSignal: NodeJS.Signals;
  install(step: Step): Promise<void>;
  /** Writes its configuration and data folder; answers with the command to launch. */
  prepare(step: Step): Promise<LaunchCommand>;
  /** Throws until the server answers a real request. */
  probe(): Promise<void>;
  /** What has to be there once it answers: database, bucket, settings kept in the server itself. */
  settle?(): Promise<void>;
}

export interface ServerContext {
  readonly paths: StackPaths;
  readonly settings: StackSettings;
  /** Ours, or the ones given in the environment. */
  readonly kafkaBrokers: string;
  readonly bucket: string;
}

export const loopback = '127.0.0.1';
