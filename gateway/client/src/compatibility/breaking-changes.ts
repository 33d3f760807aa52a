import { compareSchemas, type Documents } from './compare-schemas.ts';
import type { ApiDocument, Operation, Parameter } from './document.ts';

const nameOf = ({ in: place, name }: Parameter): string => `${place} ${name}`;

function compareParameters(documents: Documents, before: Operation, after: Operation, at: string): string[] {
  const were = new Map((before.parameters ?? []).map((each) => [nameOf(each), each]));
  const are = new Map((after.parameters ?? []).map((each) => [nameOf(each), each]));
  const gone = [...were.keys()].filter((name) => !are.has(name)).map((name) => `${at} ${name}: is gone`);
  const changed = [...are].flatMap(([name, parameter]) => {
    const known = were.get(name);
    const isWanted = parameter.required === true && known?.required !== true ? [`${at} ${name}: is required now`] : [];
    return known === undefined
      ? isWanted
      : [...isWanted, ...compareSchemas(documents, 'request', known.schema ?? {}, parameter.schema ?? {}, `${at} ${name}`)];
  });
  return [...gone, ...changed];
}

function compareBodies(documents: Documents, before: Operation, after: Operation, at: string): string[] {
  const [was, is] = [before.requestBody, after.requestBody];
  const isWanted = is?.required === true && was?.required !== true ? [`${at} body: is required now`] : [];
  const content = Object.entries(was?.content ?? {}).flatMap(([type, { schema = {} }]) => {
    const next = is?.content?.[type];
    return next === undefined
      ? [`${at} body: is no longer taken as ${type}`]
      : compareSchemas(documents, 'request', schema, next.schema ?? {}, `${at} body`);
  });
  return [...isWanted, ...content];
}

function compareAnswers(documents: Documents, before: Operation, after: Operation, at: string): string[] {
  return Object.entries(before.responses ?? {}).flatMap(([status, { content = {} }]) => {
    const next = after.responses?.[status];
    // A route may stop to refuse.
    if (next === undefined) return status.startsWith('2') ? [`${at} ${status}: is gone`] : [];
    return Object.entries(content).flatMap(([type, { schema = {} }]) => {
      const nextContent = next.content?.[type];
      return nextContent === undefined
        ? [`${at} ${status}: is no longer ${type}`]
        : compareSchemas(documents, 'response', schema, nextContent.schema ?? {}, `${at} ${status}`);
    });
  });
}

function compareOperations(documents: Documents, before: Operation, after: Operation, at: string): string[] {
  const [was, is] = [before['x-permission'], after['x-permission']];
  return [
    ...(was === is ? [] : [`${at}: asks for the permission ${is} and no longer for ${was}`]),
    ...compareParameters(documents, before, after, at),
    ...compareBodies(documents, before, after, at),
    ...compareAnswers(documents, before, after, at),
  ];
}

/** What a client written against one document would trip over with the other, a sentence each; `docs/api-versions.md` has the rule. */
export function breakingChanges(before: ApiDocument, after: ApiDocument): string[] {
  const found = Object.entries(before.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => {
      const at = `${method.toUpperCase()} ${path}`;
      const next = after.paths[path]?.[method];
      return next === undefined ? [`${at}: is gone`] : compareOperations({ before, after }, operation, next, at);
    }),
  );
  return [...new Set(found)];
}
