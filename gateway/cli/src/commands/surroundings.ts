import type { GatewayClient } from '../gateway-client.ts';

/** What a command stands in. */
export interface Surroundings {
  client: GatewayClient;
  /** What a relative FILE is relative to. */
  folder: string;
  stdin: NodeJS.ReadStream;
  stdout: { write(text: string): unknown };
  stderr: { isTTY?: boolean; write(text: string): unknown };
  /** Aborted by Ctrl-C. */
  interrupted: AbortSignal;
}

/** Whose things a command means. */
export interface Whose {
  tenant?: string;
}

export const ofTenant = ['--tenant <id>', 'of another tenant than your own, where your role allows it'] as const;

/** Connects to the gateway, for the tenant that is meant. */
export type Reader = (whose?: Whose) => Surroundings;
export type OnDone = (exitCode: number) => void;
