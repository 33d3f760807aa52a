import type { Config } from '../config/index.ts';

export interface Mail {
  to: string;
  subject: string;
  text: string;
}

/** Sends mail; throws when the server does not take it. */
export type SendMail = (mail: Mail) => Promise<void>;

/** Null where no server is configured. */
export function openMail({ smtpUrl, from }: Config['mail']): SendMail | null {
  if (smtpUrl === undefined) return null;
  const patience = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 10_000 };
  return async (mail) => {
    const { createTransport } = await import('nodemailer');
    await createTransport({ url: smtpUrl, ...patience }).sendMail({ ...mail, from });
  };
}
