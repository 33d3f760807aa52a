import { StreamflixError, type Tokens } from '@streamflix/contracts';
import type { UserRow } from '@streamflix/infra/database';
import type { Attempts, Identity, OpenedSession } from '@streamflix/infra/identity';
import { type AccessTokens, accessTokenSeconds } from './access-tokens.ts';
import type { Passwords } from './passwords.ts';

const sessionSeconds = 30 * 86_400;

/** How often it may be tried in a quarter of an hour. An address may stand for a whole company. */
export const loginLimits = { windowSeconds: 15 * 60, perUser: 5, perAddress: 100 };

export interface LogInParts {
  identity: Pick<Identity, 'users' | 'sessions' | 'attempts'>;
  passwords: Passwords;
  tokens: AccessTokens;
}

const wrong = () => new StreamflixError('UNAUTHENTICATED', { message: 'The e-mail or the password is wrong.' });

async function assertNotLocked(attempts: Attempts, subject: string, max: number): Promise<void> {
  const { attempts: made, secondsLeft } = await attempts.count(subject, loginLimits.windowSeconds);
  if (made <= max) return;
  throw new StreamflixError('RATE_LIMITED', { message: 'Too many attempts.', details: { retryAfterSeconds: secondsLeft } });
}

/**
 * The user whose password this is. UNAUTHENTICATED or RATE_LIMITED, after one verification or none: what is done, and so the time it takes, is the
 * same for users that exist and that do not.
 */
export async function checkPassword(
  { identity, passwords }: Pick<LogInParts, 'identity' | 'passwords'>,
  { email, password, address }: { email: string; password: string; address: string },
): Promise<UserRow> {
  const { users, attempts } = identity;
  await assertNotLocked(attempts, `address:${address}`, loginLimits.perAddress);
  await assertNotLocked(attempts, `user:${email}`, loginLimits.perUser);
  const user = await users.findByEmail(email);
  const isRight = await passwords.fits(user?.passwordHash ?? null, password);
  if (user === null || !isRight || user.disabledAt !== null) throw wrong();
  await attempts.clear(`user:${email}`);
  return user;
}

export async function tokensOf({ tokens }: Pick<LogInParts, 'tokens'>, session: OpenedSession): Promise<Tokens> {
  const { user, sessionId, refreshToken } = session;
  const accessToken = await tokens.sign({ userId: user.id, sessionId, role: user.role, tenantId: user.tenantId });
  return { accessToken, tokenType: 'Bearer', expiresIn: accessTokenSeconds, refreshToken };
}

export async function logIn(
  parts: LogInParts,
  given: { email: string; password: string; address: string },
): Promise<{ user: UserRow; tokens: Tokens }> {
  const user = await checkPassword(parts, given);
  const session = await parts.identity.sessions.open(user, sessionSeconds, given.address);
  return { user, tokens: await tokensOf(parts, session) };
}
