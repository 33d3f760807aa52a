import { exitCodes } from '../exit-codes.ts';
import type { IdentityClient } from '../identity-client.ts';

interface Reader {
  client: { identity: IdentityClient };
  stdout: { write(text: string): unknown };
}

export async function whoami({ json }: { json?: boolean }, { client, stdout }: Reader): Promise<number> {
  const who = await client.identity.whoami();
  const { name, role, tenantId, permissions } = who;
  stdout.write(json === true ? `${JSON.stringify(who)}\n` : `${name}, ${role} of ${tenantId}: ${permissions.join(', ')}\n`);
  return exitCodes.done;
}
