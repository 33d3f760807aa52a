import { type ApiDocument, resolve, type Schema } from './document.ts';

/** What clients send must still be taken; what they get must still be what they know. */
export type Direction = 'request' | 'response';

export interface Documents {
  before: ApiDocument;
  after: ApiDocument;
}

const lowerBounds = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const upperBounds = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
const exact = ['pattern', 'format', 'multipleOf', 'propertyNames'];

const typesOf = ({ type, const: only, enum: values }: Schema): string[] | null => {
  if (type !== undefined) return [type].flat();
  const known = values ?? (only === undefined ? null : [only]);
  return known && [...new Set(known.map((value) => (value === null ? 'null' : typeof value)))];
};

const takes = (wide: string[] | null, narrow: string[] | null): boolean =>
  wide === null || (narrow?.every((type) => wide.includes(type) || (type === 'integer' && wide.includes('number'))) ?? false);

const valuesOf = ({ enum: values, const: only }: Schema): unknown[] | null => values ?? (only === undefined ? null : [only]);

/** Of a value that is sent: what is no longer taken. */
function narrowings(before: Schema, after: Schema, at: string): string[] {
  const found: string[] = [];
  if (!takes(typesOf(after), typesOf(before)))
    found.push(`${at}: takes ${typesOf(after)} and no longer ${typesOf(before) ?? 'anything'}`);
  const values = valuesOf(after);
  const lost = values === null ? [] : (valuesOf(before) ?? ['anything else']).filter((value) => !values.includes(value));
  if (lost.length > 0) found.push(`${at}: no longer takes ${lost.join(', ')}`);
  const numberOf = (schema: Schema, name: string): number | null => (typeof schema[name] === 'number' ? schema[name] : null);
  for (const name of lowerBounds) {
    const [was, is] = [numberOf(before, name), numberOf(after, name)];
    if (is !== null && (was === null || is > was)) found.push(`${at}: ${name} is ${is} now`);
  }
  for (const name of upperBounds) {
    const [was, is] = [numberOf(before, name), numberOf(after, name)];
    if (is !== null && (was === null || is < was)) found.push(`${at}: ${name} is ${is} now`);
  }
  for (const name of exact) {
    const [was, is] = [before[name], after[name]].map((value) => JSON.stringify(value));
    if (is !== undefined && was !== is) found.push(`${at}: ${name} is ${is} now`);
  }
  return found;
}

/** Of a value that is got: what a client cannot know. A further value of an enumeration it has to expect. */
const surprises = (before: Schema, after: Schema, at: string): string[] =>
  takes(typesOf(before), typesOf(after)) ? [] : [`${at}: may be ${typesOf(after) ?? 'anything'} now, and was ${typesOf(before)}`];

function compareProperties(
  documents: Documents,
  direction: Direction,
  before: Schema,
  after: Schema,
  at: string,
  seen: Seen,
): string[] {
  const found: string[] = [];
  const [were, are] = [before.properties ?? {}, after.properties ?? {}];
  for (const [name, schema] of Object.entries(were)) {
    const next = are[name];
    if (next === undefined) found.push(`${at}.${name}: is gone`);
    else found.push(...compareSchemas(documents, direction, schema, next, `${at}.${name}`, seen));
  }
  const [required, requires] = [before.required ?? [], after.required ?? []];
  const wanted = requires.filter((name) => !required.includes(name));
  const loosened = required.filter((name) => !requires.includes(name) && are[name] !== undefined);
  found.push(
    ...(direction === 'request'
      ? wanted.map((name) => `${at}.${name}: is required now`)
      : loosened.map((name) => `${at}.${name}: may be absent now`)),
  );
  const [open, isOpen] = [before.additionalProperties, after.additionalProperties];
  if (direction === 'request' && isOpen === false && open !== false && before.type === 'object')
    found.push(`${at}: takes no other fields now`);
  if (typeof open === 'object' && typeof isOpen === 'object')
    found.push(...compareSchemas(documents, direction, open, isOpen, `${at}.*`, seen));
  return found;
}

/** Each with what holds for all of them. */
function variantsOf({ anyOf, oneOf, ...common }: Schema): Schema[] | null {
  const variants = anyOf ?? oneOf ?? null;
  return common.properties === undefined ? variants : (variants?.map((variant) => ({ allOf: [common, variant] })) ?? null);
}

/** References that are being compared further out: what refers to itself has no end. */
type Seen = ReadonlySet<string>;

export function compareSchemas(
  documents: Documents,
  direction: Direction,
  was: Schema,
  is: Schema,
  at: string,
  seen: Seen = new Set(),
): string[] {
  const pair = was.$ref !== undefined && is.$ref !== undefined ? `${was.$ref} ${is.$ref}` : null;
  if (pair !== null && seen.has(pair)) return [];
  const within = pair === null ? seen : new Set([...seen, pair]);
  const [before, after] = [resolve(documents.before, was), resolve(documents.after, is)];
  if (variantsOf(before) !== null || variantsOf(after) !== null) {
    const [from, to] = [variantsOf(before) ?? [before], variantsOf(after) ?? [after]];
    const fits = (one: Schema, other: Schema): boolean =>
      compareSchemas(documents, direction, one, other, at, within).length === 0;
    const lost =
      direction === 'request'
        ? from.filter((one) => !to.some((other) => fits(one, other)))
        : to.filter((other) => !from.some((one) => fits(one, other)));
    const [one] = from;
    const [other] = to;
    // Where there is one of each, what differs can be told exactly.
    if (lost.length > 0 && from.length === 1 && to.length === 1 && one !== undefined && other !== undefined) {
      return compareSchemas(documents, direction, one, other, at, within);
    }
    return lost.map(
      (each) =>
        `${at}: ${direction === 'request' ? 'no longer takes' : 'may be, as never before,'} ${JSON.stringify(each).slice(0, 120)}`,
    );
  }
  const own = direction === 'request' ? narrowings(before, after, at) : surprises(before, after, at);
  if (own.length > 0) return own;
  return [
    ...compareProperties(documents, direction, before, after, at, within),
    ...(before.items !== undefined && after.items !== undefined
      ? compareSchemas(documents, direction, before.items, after.items, `${at}[]`, within)
      : []),
  ];
}
