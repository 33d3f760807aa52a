import { createHash } from 'node:crypto';

/** The tags of If-Match or If-None-Match, without what says that they are weak. */
const tagsOf = (header: string): string[] => header.split(',').map((each) => each.trim().replace(/^W\//, ''));

/**
 * A weak tag of two parts: what was decided about the thing, and how it looks. The first alone stands against If-Match, for a thing that
 * makes progress never looks the same twice.
 */
export const entityTag = (version: string, body: string): string =>
  `W/"${version}.${createHash('sha1').update(body).digest('base64url').slice(0, 16)}"`;

/** Whether the caller has what the tag stands for. */
export const isKnown = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined && tagsOf(ifNoneMatch).some((tag) => tag === '*' || tag === etag.slice(2));

/** The version that the caller wants to change; undefined where any will do. Several tags cannot be answered here: the first stands. */
export function wantedVersion(ifMatch: string | undefined): string | undefined {
  const [tag = '*'] = ifMatch === undefined ? [] : tagsOf(ifMatch);
  if (tag === '*') return undefined;
  return tag.replace(/^"|"$/g, '').replace(/\.[^.]*$/, '');
}
