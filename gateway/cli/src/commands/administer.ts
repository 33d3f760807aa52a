import { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import type { ApiKey, IdentityClient, InvitedUser, Tenant, User } from '../identity-client.ts';
import { number } from '../parse-options.ts';
import { asJson, type Output } from './output.ts';
import type { OnDone } from './surroundings.ts';

interface Reader {
  client: { identity: IdentityClient };
  stdout: { write(text: string): unknown };
}

type Told<T> = (value: T) => string;

const lines =
  <T>(describe: Told<T>) =>
  (items: T[]): string =>
    items.map(describe).join('\n') || 'None.';

const describeUser: Told<User> = ({ id, email, role, tenantId, status }) => `${id}  ${email}  ${role} of ${tenantId}  ${status}`;
const describeKey: Told<ApiKey> = (key) => {
  const state = key.revokedAt === null ? `used ${key.lastUsedAt ?? 'never'}` : 'revoked';
  return `${key.id}  ${key.prefix}  ${key.name}  ${key.role} of ${key.tenantId}  ${state}`;
};
const describeTenant: Told<Tenant> = ({ id, status, weight, maxRunningTasks, maxQueuedJobs }) =>
  `${id}  ${status}  weight ${weight}  tasks ${maxRunningTasks ?? 'as configured'}  jobs ${maxQueuedJobs ?? 'as configured'}`;

const limit = (text: string): number | null => (text === 'none' ? null : number(text));

/** Commands that ask the API once and print the answer. */
function group(name: string, description: string, reader: () => Reader, onDone: OnDone) {
  const parent = new Command(name).description(description);
  return {
    parent,
    command: (title: string, about: string): Command => parent.command(title).description(about).option('--json', asJson),
    async tell<T>({ json }: Output, told: Told<T>, ask: (client: IdentityClient) => Promise<T>): Promise<void> {
      const { client, stdout } = reader();
      const value = await ask(client.identity);
      stdout.write(`${json === true ? JSON.stringify(value) : told(value)}\n`);
      onDone(exitCodes.done);
    },
  };
}

export function userCommands(reader: () => Reader, onDone: OnDone): Command {
  const { parent, command, tell } = group('users', 'people who may log in', reader, onDone);
  command('list', 'list all').action((options) => tell(options, lines(describeUser), (api) => api.listUsers()));
  command('invite <email>', 'invite somebody; without mail it prints the token to hand over')
    .requiredOption('--name <name>', 'what they are called')
    .option('--role <role>', 'admin, operator, viewer or member', 'member')
    .option('--tenant <id>', 'whose they are')
    .action((email, { json, tenant, ...user }) =>
      tell(
        { json },
        (invited: InvitedUser) => describeUser(invited) + (invited.token === null ? '' : `\nToken: ${invited.token}`),
        (api) => api.inviteUser({ email, ...user, ...(tenant === undefined ? {} : { tenantId: tenant }) }),
      ),
    );
  command('role <id> <role>', 'give a user another role').action((id, role, options) =>
    tell(options, describeUser, (api) => api.changeUser(id, { role })),
  );
  for (const [name, disabled] of [
    ['disable', true],
    ['enable', false],
  ] as const) {
    command(`${name} <id>`, disabled ? 'end all sessions and let nobody in' : 'let a disabled user in again').action(
      (id, options) => tell(options, describeUser, (api) => api.changeUser(id, { disabled })),
    );
  }
  return parent;
}

export function keyCommands(reader: () => Reader, onDone: OnDone): Command {
  const { parent, command, tell } = group('keys', 'keys of programs', reader, onDone);
  const withKey = (key: ApiKey & { key: string }): string => `${describeKey(key)}\nKey, told this once: ${key.key}`;
  command('list', "list the tenant's keys").action((options) => tell(options, lines(describeKey), (api) => api.listKeys()));
  command('create <name>', 'make one and print it')
    .option('--role <role>', 'admin, operator, viewer or member', 'member')
    .option('--scope <permission...>', 'confine it to these')
    .option('--network <cidr...>', 'confine it to these')
    .option('--expires <moment>', 'as 2030-01-01T00:00:00Z')
    .action((name, { json, role, scope: scopes = null, network: allowedNetworks = [], expires: expiresAt = null }) =>
      tell({ json }, withKey, (api) => api.createKey({ name, role, scopes, allowedNetworks, expiresAt })),
    );
  command('rotate <id>', 'give it another secret and print it')
    .option('--overlap <seconds>', 'how long the one before is good', number, 86_400)
    .action((id, { json, overlap }) => tell({ json }, withKey, (api) => api.rotateKey(id, overlap)));
  command('revoke <id>', 'let it open nothing any more').action((id, options) =>
    tell(options, describeKey, (api) => api.revokeKey(id)),
  );
  return parent;
}

export function tenantCommands(reader: () => Reader, onDone: OnDone): Command {
  const { parent, command, tell } = group('tenants', 'what each tenant is granted', reader, onDone);
  const withLimits = (one: Command): Command =>
    one
      .option('--name <name>', 'what it is called')
      .option('--weight <n>', 'its part of the workers', number)
      .option('--max-running-tasks <n>', 'of one pool at once; none: as configured', limit)
      .option('--max-queued-jobs <n>', 'not ended; none: as configured', limit);
  command('list', 'list those with something of their own').action((options) =>
    tell(options, lines(describeTenant), (api) => api.listTenants()),
  );
  withLimits(command('create <id>', 'make one')).action((id, { json, ...fields }) =>
    tell({ json }, describeTenant, (api) => api.createTenant({ id, ...fields })),
  );
  withLimits(command('set <id>', 'change what it is granted')).action((id, { json, ...fields }) =>
    tell({ json }, describeTenant, (api) => api.changeTenant(id, fields)),
  );
  for (const [name, status] of [
    ['suspend', 'suspended'],
    ['resume', 'active'],
  ] as const) {
    command(`${name} <id>`, status === 'active' ? 'let its people in again' : 'let nobody of it in').action((id, options) =>
      tell(options, describeTenant, (api) => api.changeTenant(id, { status })),
    );
  }
  return parent;
}
