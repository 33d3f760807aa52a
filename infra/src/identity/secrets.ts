import { createHash, randomBytes } from 'node:crypto';

/** Secrets of this length need no salt and no slow digest: nobody guesses them. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
