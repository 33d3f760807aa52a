import type { RanTool } from '../media/index.ts';

/** A task runs a handful of programs, and one for each still at most: the last of them say what happened. */
const mostCommands = 20;
const mostCharacters = 4_000;
const longestArgument = 1_000;

/** Anything that looks like a key, a token or a signature: of an encryption or of an address. */
const secretValue = /\b(key|key_id|keys|iv|pssh|token|signature|credential|password)=[^,:&\s]+/gi;
/** A place on the disk, in or out of a filter's quotes. */
const place = /(?<![\w.>/])\/(?!\/)(?:[^\s,:;'"=|]+\/)+/g;
const keptSource = /<sources>\/[^\s,:;'"=|]+/g;
const query = /(\bhttps?:\/\/[^\s?'"]+)\?[^\s'"]*/gi;

export interface Places {
  /** Of this task alone. */
  work: string;
  /** Where sources are kept for all tasks of the worker. */
  sources: string;
}

/** A command's arguments without secrets, signed addresses and places on the disk, and not longer than is worth keeping. */
export function redactArgs(args: readonly string[], { work, sources }: Places): string[] {
  const kept: string[] = [];
  let characters = 0;
  for (const arg of args) {
    const bare = arg
      .replaceAll(query, '$1')
      .replaceAll(sources, '<sources>')
      .replaceAll(keptSource, '<source>')
      .replaceAll(work, '<work>')
      .replaceAll(secretValue, '$1=<secret>')
      .replaceAll(place, '<path>/')
      .replaceAll('\0', '')
      .toWellFormed();
    const short = bare.length > longestArgument ? `${bare.slice(0, longestArgument)}…` : bare;
    characters += short.length;
    if (characters > mostCharacters) return [...kept, '…'];
    kept.push(short);
  }
  return kept;
}

/** Collects what ran for one claim. */
export class CommandLog {
  readonly #places: Places;
  #ran: RanTool[] = [];

  constructor(places: Places) {
    this.#places = places;
  }

  readonly add = (ran: RanTool): void => {
    this.#ran = [...this.#ran, { ...ran, args: redactArgs(ran.args, this.#places) }].slice(-mostCommands);
  };

  /** In the order they ended; none twice. */
  take(): RanTool[] {
    const taken = this.#ran;
    this.#ran = [];
    return taken;
  }
}
