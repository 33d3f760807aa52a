import { type Caller, type Role, roles } from '@streamflix/contracts';
import { openIdempotencyKeys } from '@streamflix/infra/idempotency';
import { openIdentity } from '@streamflix/infra/identity';
import { createTestLogger } from '@streamflix/infra/telemetry';
import { createTestDatabase, RecordingBus, type TestDatabase } from '@streamflix/infra/testkit';
import { OutboxRelay } from '@streamflix/infra/work';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { openLetterStore } from '../dead-letters/letter-store.ts';
import { openChangeReader } from '../events/change-reader.ts';
import { openInsightStore } from '../insight/insight-store.ts';
import { openJobStore } from '../jobs/job-store.ts';
import type { GatewaySettings } from '../ports.ts';
import { openProfileStore } from '../profiles/profile-store.ts';
import { type OtherPorts, TestGateway, testKey } from './test-gateway.ts';

export interface IdentityGateway {
  gateway: TestGateway;
  own: TestDatabase;
  identity: ReturnType<typeof openIdentity>;
  /** A key of each role, of tenant acme. */
  keys: Record<Role, string>;
  call(
    key: string | null,
    method: InjectOptions['method'],
    url: string,
    more?: Pick<InjectOptions, 'payload' | 'headers' | 'remoteAddress'>,
  ): Promise<LightMyRequestResponse>;
  newKey(role: Role, changes?: Partial<Pick<Caller, 'tenantId' | 'scopes'>>): Promise<{ id: string; key: string }>;
  close(): Promise<void>;
}

/** A gateway on a real database, with everything of it that knows tenants. */
export async function openIdentityGateway({
  settings = {},
  ...more
}: OtherPorts & { settings?: Partial<GatewaySettings> } = {}): Promise<IdentityGateway> {
  const own = await createTestDatabase();
  const { database } = own;
  const bus = new RecordingBus();
  const outbox = new OutboxRelay({ database, bus, logger: createTestLogger() });
  const identity = openIdentity(database);
  const letters = openLetterStore({ database, bus: { decode: async () => ({}) } as never });
  const jobs = openJobStore({ database, outbox }, {});
  const gateway = await TestGateway.open(settings, jobs, letters, {
    identity,
    insight: openInsightStore({ database }),
    idempotency: openIdempotencyKeys(database),
    changes: openChangeReader(database),
    profiles: openProfileStore({ database }),
    ...more,
  });
  const newKey: IdentityGateway['newKey'] = async (role, { tenantId = 'acme', scopes = null } = {}) => {
    const limits = { expiresAt: null, allowedNetworks: [], requestsPerMinute: null };
    const made = await identity.keys.create({
      ...limits,
      name: `a ${role}`,
      role,
      tenantId,
      scopes: scopes && [...scopes],
      createdBy: 'test',
    });
    return { id: made.row.id, key: made.key };
  };
  const keys = Object.fromEntries(
    await Promise.all(roles.map(async (role) => [role, (await newKey(role)).key] as const)),
  ) as Record<Role, string>;
  return {
    ...{ gateway, own, identity, keys, newKey },
    call: async (key, method = 'GET', url, { headers = {}, ...more } = {}) =>
      gateway.app.inject({ method, url, headers: { ...(key === null ? {} : { 'x-api-key': key }), ...headers }, ...more }),
    async close() {
      await gateway.close();
      await outbox.drain();
      await own.drop();
    },
  };
}

export { testKey as bootstrapKey };
