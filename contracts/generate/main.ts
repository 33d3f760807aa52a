/** `npm run generate`: types from schemas. With `--check` it writes nothing and fails on drift or incompatibility. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { incompatibilities, undocumentedFields } from './compatibility.ts';
import { generatedDir, readHistory, readSchemas, schemasDir } from './schema-files.ts';
import { renderTypes } from './typescript-types.ts';

const checkOnly = process.argv.includes('--check');
const schemas = readSchemas();
const faults = schemas.flatMap(({ record }) => undocumentedFields(record).map((name) => `${name} has no doc string`));

for (const { event, record } of schemas) {
  const history = readHistory(event);
  const changed = JSON.stringify(history.at(-1)) !== JSON.stringify(record);
  if (changed && checkOnly) faults.push(`${event}: the schema is not the newest in schemas/history; run npm run generate`);
  const versions = changed ? [...history, record] : history;
  faults.push(...incompatibilities(versions));
  if (changed && !checkOnly && faults.length === 0) {
    const path = join(schemasDir, 'history', `${event}.${versions.length}.avsc`);
    writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`, { flag: 'wx' });
  }
}

const typesPath = join(generatedDir, 'events.ts');
const types = renderTypes(schemas);
if (checkOnly) {
  if (!existsSync(typesPath) || readFileSync(typesPath, 'utf8') !== types)
    faults.push('contracts/src/generated/events.ts has drifted; run npm run generate');
} else if (faults.length === 0) {
  mkdirSync(generatedDir, { recursive: true });
  writeFileSync(typesPath, types);
}

for (const fault of faults) console.error(fault);
if (faults.length === 0) console.log(`${schemas.length} schemas: documented, compatible with their history, types up to date`);
process.exitCode = faults.length === 0 ? 0 : 1;
