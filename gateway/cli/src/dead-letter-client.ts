import {
  type ApiDeadLetterDetail,
  type ApiDeadLetterGroups,
  type ApiDeadLetterList,
  deadLetterDetailSchema,
  deadLetterGroupsSchema,
  deadLetterListSchema,
  type ParkDeadLettersAnswer,
  parkDeadLettersAnswerSchema,
  type ReplayDeadLettersAnswer,
  type ReplayDeadLettersRequest,
  replayDeadLettersAnswerSchema,
} from '@streamflix/contracts';
import type { ReadJson } from './gateway-client.ts';

export interface DeadLetterFilter {
  kind?: string;
  state?: string;
  topic?: string;
  signature?: string;
  limit?: number;
  cursor?: string;
}

export type Selection = Pick<ReplayDeadLettersRequest, 'ids' | 'signature'>;

export interface DeadLetterClient {
  /** Throws RefusedError and UnreachableError, as all do. */
  list(filter: DeadLetterFilter): Promise<ApiDeadLetterList>;
  group(filter: DeadLetterFilter): Promise<ApiDeadLetterGroups>;
  get(letterId: string): Promise<ApiDeadLetterDetail>;
  replay(request: ReplayDeadLettersRequest): Promise<ReplayDeadLettersAnswer>;
  park(selection: Selection): Promise<ParkDeadLettersAnswer>;
}

const queryOf = (filter: object): string => {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  return new URLSearchParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)]))).toString();
};

export function deadLetterClient(readJson: ReadJson): DeadLetterClient {
  const post = <T>(schema: { parse(value: unknown): T }, path: string, body: object): Promise<T> =>
    readJson(schema, path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  return {
    list: (filter) => readJson(deadLetterListSchema, `/dead-letters?${queryOf(filter)}`),
    group: (filter) => readJson(deadLetterGroupsSchema, `/dead-letters?${queryOf({ ...filter, group: 'signature' })}`),
    get: (letterId) => readJson(deadLetterDetailSchema, `/dead-letters/${encodeURIComponent(letterId)}`),
    replay: (request) => post(replayDeadLettersAnswerSchema, '/dead-letters/replay', request),
    park: (selection) => post(parkDeadLettersAnswerSchema, '/dead-letters/park', selection),
  };
}
