import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const schemasDir = join(import.meta.dirname, '../../schemas');
export const generatedDir = join(import.meta.dirname, '../src/generated');

export interface AvroField {
  name: string;
  type: AvroType;
  doc?: string;
  default?: unknown;
}
export interface AvroRecord {
  type: 'record';
  name: string;
  namespace?: string;
  doc?: string;
  fields: AvroField[];
}
export type AvroType =
  | string
  | AvroType[]
  | AvroRecord
  | { type: 'array'; items: AvroType }
  | { type: 'map'; values: AvroType }
  | { type: 'long'; logicalType: string };

export interface SchemaFile {
  /** File name without version and ending, the event's name in kebab case: `video-uploaded`. */
  event: string;
  record: AvroRecord;
}

const readRecord = (path: string): AvroRecord => JSON.parse(readFileSync(path, 'utf8')) as AvroRecord;

export const readSchemas = (): SchemaFile[] =>
  readdirSync(schemasDir)
    .filter((name) => name.endsWith('.avsc'))
    .sort()
    .map((name) => ({ event: name.replace(/\.v\d+\.avsc$/, ''), record: readRecord(join(schemasDir, name)) }));

/** Committed earlier versions of one event, oldest first; the last one is the version in force. */
export function readHistory(event: string): AvroRecord[] {
  const dir = join(schemasDir, 'history');
  const version = (name: string): number => Number(name.split('.').at(-2));
  return readdirSync(dir)
    .filter((name) => name.startsWith(`${event}.`) && name.endsWith('.avsc'))
    .sort((a, b) => version(a) - version(b))
    .map((name) => readRecord(join(dir, name)));
}
