import { readFile } from 'node:fs/promises';
import type { Config } from '../config/index.ts';
import type { Logger } from '../telemetry/index.ts';

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/**
 * What this worker can do beyond what every worker can: what it was started with, and what a file says that whoever watches the machine's
 * devices keeps. Without the file there is nothing of it; one that cannot be read says what it said before.
 */
export class Capabilities {
  readonly #own: readonly string[];
  readonly #file: string | undefined;
  readonly #logger: Logger;
  #ofFile: readonly string[] = [];

  constructor({ capabilities, capabilitiesFile }: Pick<Config['work'], 'capabilities' | 'capabilitiesFile'>, logger: Logger) {
    this.#own = capabilities;
    this.#file = capabilitiesFile;
    this.#logger = logger;
  }

  /** As it stands now, sorted. */
  readonly read = async (): Promise<string[]> => {
    if (this.#file !== undefined) this.#ofFile = await this.#readFile(this.#file);
    return [...new Set([...this.#own, ...this.#ofFile])].sort();
  };

  async #readFile(path: string): Promise<readonly string[]> {
    try {
      return (await readFile(path, 'utf8')).split(/[\s,]+/).filter((name) => name !== '');
    } catch (error) {
      if (isMissing(error)) return [];
      this.#logger.warn({ err: error }, 'could not read what this worker can do');
      return this.#ofFile;
    }
  }
}
