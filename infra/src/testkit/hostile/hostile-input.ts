import type { ErrorCode } from '@streamflix/contracts';

/** What an attacker knows of the machine that will read the file, and what there is to build the file from. */
export interface HostileSite {
  /** The folder the hostile file itself lies in. */
  dir: string;
  /** Somebody else's files: none of their bytes may be read. */
  secretVideo: string;
  secretText: string;
  /** A server on loopback that nobody may call, as `127.0.0.1:port`. */
  decoy: string;
  /** An ordinary short clip of the attacker's own, as MP4. */
  clip: Buffer;
  /** The same in another container or codec, as ffmpeg's arguments say it. */
  convert(extension: string, ...args: string[]): Promise<Buffer>;
}

export interface HostileInput {
  /** What it is, in a few words; also the title of its test. */
  name: string;
  /** The name that helps the attacker the most, where it would be kept. */
  fileName: string;
  /** Gives the content; one that makes the file itself (a pipe, a link) gives nothing. */
  make(site: HostileSite, path: string): Promise<Buffer | string | undefined> | Buffer | string | undefined;
  /** The refusals that are right; 'completes' where the file is odd but harmless, and its own pictures may come out. */
  ends: readonly (ErrorCode | 'completes')[];
  /** What it was seen to reach when nothing keeps it. */
  leaks?: 'secret' | 'decoy';
}
