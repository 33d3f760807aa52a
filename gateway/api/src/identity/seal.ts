import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const sealedMark = 'sealed:';
const keyOf = (secret: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', 'streamflix signing keys', 32));

/** AES-256-GCM; without a secret the text stays as it is. */
export function seal(text: string, secret: string | undefined): string {
  if (secret === undefined) return text;
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret), nonce);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return sealedMark + Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
}

/** Null for what was sealed with another secret, or with one at all when there is none now. */
export function unseal(sealed: string, secret: string | undefined): string | null {
  if (!sealed.startsWith(sealedMark)) return sealed;
  if (secret === undefined) return null;
  const bytes = Buffer.from(sealed.slice(sealedMark.length), 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
