import { hash, verify } from '@node-rs/argon2';

/** argon2id with the memory and rounds that OWASP asks for. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export interface PasswordDigests {
  hash(password: string): Promise<string>;
  verify(digest: string, password: string): Promise<boolean>;
}

export const argon2id: PasswordDigests = {
  hash: (password) => hash(password, cost),
  verify: (digest, password) => verify(digest, password),
};

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Verifies a digest in any case: where there is none, one that nothing fits. So the time tells nothing about the user. */
  fits(digest: string | null, password: string): Promise<boolean>;
}

export function createPasswords(digests: PasswordDigests): Passwords {
  const decoy = digests.hash(crypto.randomUUID());
  return {
    hash: (password) => digests.hash(password),
    async fits(digest, password) {
      const isRight = await digests.verify(digest ?? (await decoy), password);
      return digest !== null && isRight;
    },
  };
}
