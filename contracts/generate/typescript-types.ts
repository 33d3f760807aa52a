import type { AvroField, AvroRecord, AvroType, SchemaFile } from './schema-files.ts';

const primitives: Record<string, string> = {
  string: 'string',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  boolean: 'boolean',
  bytes: 'Uint8Array',
  null: 'null',
};

function typeName(type: AvroType, records: Map<string, AvroRecord>): string {
  if (typeof type === 'string') {
    const name = primitives[type];
    if (name === undefined) throw new Error(`no TypeScript type for Avro type ${type}`);
    return name;
  }
  if (Array.isArray(type)) return type.map((branch) => typeName(branch, records)).join(' | ');
  switch (type.type) {
    case 'record':
      records.set(type.name, type);
      return type.name;
    case 'array':
      return `${typeName(type.items, records)}[]`;
    case 'map':
      return `Record<string, ${typeName(type.values, records)}>`;
    default:
      return typeName(type.type, records);
  }
}

const field = ({ name, type, doc }: AvroField, records: Map<string, AvroRecord>): string =>
  `  /** ${doc ?? ''} */\n  ${name}: ${typeName(type, records)};\n`;

function interfaceOf(record: AvroRecord, records: Map<string, AvroRecord>): string {
  const fields = record.fields.map((each) => field(each, records)).join('');
  return `/** ${record.doc ?? ''} */\nexport interface ${record.name} {\n${fields}}\n`;
}

/** The text of `contracts/src/generated/events.ts`. */
export function renderTypes(schemas: SchemaFile[]): string {
  const records = new Map(schemas.map(({ record }) => [record.name, record]));
  const parts: string[] = [];
  // A Map visits what is added during the visit: nested records follow the events that name them.
  for (const record of records.values()) parts.push(interfaceOf(record, records));
  const entries = schemas.map(({ record }) => `  ${record.name}: ${record.name};\n`).join('');
  const constants = schemas.map(({ record }) => `  ${record.name}: ${JSON.stringify(record)},\n`).join('');
  return [
    '// Made by `npm run generate` from schemas/. Change the schema, not this file.\n',
    ...parts,
    `/** Every event by its name. */\nexport interface EventTypes {\n${entries}}\n`,
    `/** The Avro schemas as they stand in schemas/, so that a process needs neither the files nor the registry to check an event. */\nexport const eventSchemas = {\n${constants}} as const;\n`,
  ].join('\n');
}
