import avsc from 'avsc';
import type { AvroRecord } from './schema-files.ts';

const compile = (record: AvroRecord): avsc.Type => avsc.Type.forSchema(structuredClone(record) as unknown as avsc.Schema);

/** Why `reader` cannot read what `writer` wrote, or undefined when it can. */
function whyUnreadable(reader: AvroRecord, writer: AvroRecord): string | undefined {
  try {
    compile(reader).createResolver(compile(writer));
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** FULL_TRANSITIVE: every version reads every other. Returns one sentence per pair that does not. */
export function incompatibilities(versions: AvroRecord[]): string[] {
  const faults: string[] = [];
  for (const [readerIndex, reader] of versions.entries()) {
    for (const [writerIndex, writer] of versions.entries()) {
      const why = readerIndex === writerIndex ? undefined : whyUnreadable(reader, writer);
      if (why !== undefined)
        faults.push(`${reader.name}: version ${readerIndex + 1} cannot read version ${writerIndex + 1}: ${why}`);
    }
  }
  return faults;
}

/** Fields without a doc string, as `Record.field`. */
export function undocumentedFields(record: AvroRecord): string[] {
  return record.fields.flatMap(({ name, doc, type }) => {
    const nested = typeof type === 'object' && 'items' in type ? type.items : type;
    const inner = typeof nested === 'object' && 'fields' in nested ? undocumentedFields(nested) : [];
    return (doc ? [] : [`${record.name}.${name}`]).concat(inner);
  });
}
