import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { openMail } from './index.ts';

test('mail is handed to the server, from the address that is configured', async () => {
  let heard = '';
  let inBody = false;
  const server = createServer((socket) => {
    socket.write('220 ready\r\n');
    socket.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
      if (inBody) {
        if (!heard.endsWith('\r\n.\r\n')) return;
        inBody = false;
        return void socket.write('250 taken\r\n');
      }
      inBody = /^DATA\r\n$/m.test(text);
      socket.write(inBody ? '354 go on\r\n' : /^QUIT/.test(text) ? '221 bye\r\n' : '250 ok\r\n');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const smtpUrl = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const send = openMail({ smtpUrl, from: 'Platform <platform@example.com>' });
  await send?.({ to: 'ann@example.com', subject: 'Hello', text: 'the token' });
  for (const part of ['MAIL FROM:<platform@example.com>', 'RCPT TO:<ann@example.com>', 'Subject: Hello', 'the token']) {
    expect(heard).toContain(part);
  }
  server.close();
  await expect(send?.({ to: 'ann@example.com', subject: 'Hello', text: 'x' })).rejects.toThrow();
});

test('without a server there is no mail', () => {
  expect(openMail({ smtpUrl: undefined, from: 'x' })).toBeNull();
});
