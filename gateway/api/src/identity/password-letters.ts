import type { UserRow } from '@streamflix/infra/database';
import type { Users } from '@streamflix/infra/identity';
import type { Mail, SendMail } from '@streamflix/infra/mail';
import type { Logger } from '@streamflix/infra/telemetry';

const invitationSeconds = 7 * 86_400;
const resetSeconds = 3_600;

const howTo = (token: string, gatewayUrl: string): string =>
  `Set your password with\n\n  GATEWAY_URL=${gatewayUrl} streamflix set-password --token ${token}\n`;

const invitation = (user: UserRow, token: string, gatewayUrl: string): Mail => ({
  to: user.email,
  subject: 'You are invited to Streamflix Transcoder',
  text: `Hello ${user.name},\n\nyou are invited as ${user.role} of ${user.tenantId}. ${howTo(token, gatewayUrl)}\nThis is good for a week.\n`,
});

const reset = (user: UserRow, token: string, gatewayUrl: string): Mail => ({
  to: user.email,
  subject: 'Your new password for Streamflix Transcoder',
  text: `Hello ${user.name},\n\n${howTo(token, gatewayUrl)}\nThis is good for an hour. If you did not ask for it, nothing has changed.\n`,
});

export interface LetterParts {
  users: Pick<Users, 'issueToken'>;
  sendMail: SendMail | null;
  gatewayUrl: string;
  logger: Logger;
}

async function deliver({ sendMail, logger }: LetterParts, user: UserRow, mail: Mail): Promise<boolean> {
  if (sendMail === null) return false;
  try {
    await sendMail(mail);
    return true;
  } catch (error) {
    logger.warn({ err: error, userId: user.id }, 'a mail was not taken by the server');
    return false;
  }
}

/** The token comes back only where it could not be mailed. */
export async function invite(parts: LetterParts, user: UserRow): Promise<{ mailed: boolean; token: string | null }> {
  const token = await parts.users.issueToken(user.id, 'invitation', invitationSeconds);
  const mailed = await deliver(parts, user, invitation(user, token, parts.gatewayUrl));
  return { mailed, token: mailed ? null : token };
}

export async function mailReset(parts: LetterParts, user: UserRow): Promise<void> {
  const token = await parts.users.issueToken(user.id, 'reset', resetSeconds);
  if (!(await deliver(parts, user, reset(user, token, parts.gatewayUrl)))) {
    parts.logger.warn({ userId: user.id }, 'a reset was asked for and could not be mailed');
  }
}
