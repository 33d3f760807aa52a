import type { IHeaders } from 'kafkajs';

/** What a dead letter carries when it goes back to its topic: which one it is, the how many'th time, and who failed at it. */
export interface Replay {
  /** Id of the dead letter. */
  letterId: string;
  /** 1 for the first replay of this letter. */
  number: number;
  /** Only this consumer group takes it; the others handled the message when it first came. */
  group: string;
}

export const replayHeaders = ({ letterId, number, group }: Replay): IHeaders => ({
  'x-replay': `${letterId} ${number}`,
  'x-replay-group': group,
});

const replayPattern = /^([0-9a-f-]{36}) ([1-9]\d{0,8})$/;

/** Null for a message that comes for the first time. */
export function readReplay(headers: Record<string, string>): Replay | null {
  const [, letterId, number] = replayPattern.exec(headers['x-replay'] ?? '') ?? [];
  const group = headers['x-replay-group'];
  if (letterId === undefined || group === undefined) return null;
  return { letterId, number: Number(number), group };
}
