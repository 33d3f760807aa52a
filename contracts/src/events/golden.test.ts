import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import avsc from 'avsc';
import { expect, test } from 'vitest';
import { eventSchemas } from '../generated/events.ts';
import type { EventName } from '../topics.ts';

const goldenDir = join(import.meta.dirname, '../../../schemas/golden');
const eventNames = Object.keys(eventSchemas) as EventName[];
const fileOf = (event: EventName): string => `${event.replace(/(?<!^)[A-Z]/g, '-$&').toLowerCase()}.v1.json`;

const readGolden = (event: EventName): { event: object; hex: string } =>
  JSON.parse(readFileSync(join(goldenDir, fileOf(event)), 'utf8'));

const typeOf = (event: EventName): avsc.Type =>
  avsc.Type.forSchema(structuredClone(eventSchemas[event]) as unknown as avsc.Schema);

test('there is one golden event of each kind', () => {
  expect(readdirSync(goldenDir).sort()).toEqual(eventNames.map(fileOf).sort());
});

test.each(eventNames)('the schema of %s reads the golden bytes as the golden event', (event) => {
  const golden = readGolden(event);
  const decoded = typeOf(event).fromBuffer(Buffer.from(golden.hex, 'hex'));
  expect(JSON.parse(JSON.stringify(decoded))).toEqual(golden.event);
});

test.each(eventNames)('the schema of %s writes the golden event as the golden bytes', (event) => {
  const golden = readGolden(event);
  expect(typeOf(event).toBuffer(golden.event).toString('hex')).toBe(golden.hex);
});
