import { z } from 'zod';
import { givenMomentSchema } from '../api/given-moment.ts';
import { tenantIdPattern } from '../identifiers.ts';
import { type Permission, permissions, type Role, roles } from './permissions.ts';

export const roleSchema = z.enum(roles as [Role, ...Role[]]);
export const permissionSchema = z.enum(permissions as [Permission, ...Permission[]]);
export const tenantIdSchema = z
  .string()
  .regex(tenantIdPattern, 'must be 1 to 64 lower-case letters, digits, hyphens and underscores, and begin with a letter or digit')
  .meta({ examples: ['acme'] });

const moment = z.iso.datetime();
const future = givenMomentSchema;
// By code points: a document's readers do not all know \p{Cc}.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const withoutControls = /^[^\u0000-\u001f\u007f-\u009f]*$/;

const displayName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  // It goes into histories and logs, which are read line by line.
  .regex(withoutControls, 'must have no control characters')
  .regex(/\S/, 'must not be blank');

const networksSchema = z
  .array(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]))
  .max(50)
  .meta({ description: 'Addresses and networks it may be used from; empty: any.', examples: [['10.0.0.0/8']] });

export const createKeyRequestSchema = z
  .strictObject({
    name: displayName.meta({ description: 'What it is for.', examples: ['nightly import'] }),
    role: roleSchema.default('member'),
    scopes: z
      .array(permissionSchema)
      .min(1)
      .max(permissions.length)
      .nullable()
      .default(null)
      .meta({ description: 'Confines it further than its role; null: all its role may do.' }),
    expiresAt: future.nullable().default(null),
    allowedNetworks: networksSchema.default([]),
    requestsPerMinute: z.int().min(1).max(1_000_000).nullable().default(null),
  })
  .meta({ id: 'CreateKeyRequest' });

export const rotateKeyRequestSchema = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(30 * 86_400)
      .default(86_400)
      .meta({ description: 'How long the key before is still good.' }),
  })
  .meta({ id: 'RotateKeyRequest' })
  .nullish();

export const apiKeySchema = z
  .object({
    id: z.uuid(),
    prefix: z.string().meta({ description: 'How the key begins; the rest is kept by nobody but its holder.' }),
    name: z.string(),
    tenantId: z.string(),
    role: roleSchema,
    scopes: z.array(permissionSchema).nullable(),
    expiresAt: moment.nullable(),
    allowedNetworks: z.array(z.string()),
    requestsPerMinute: z.int().nullable(),
    previousUntil: moment.nullable().meta({ description: 'Until when the key before the last rotation is good.' }),
    lastUsedAt: moment.nullable().meta({ description: 'To the minute.' }),
    lastUsedFrom: z.string().nullable(),
    createdAt: moment,
    createdBy: z.string(),
    revokedAt: moment.nullable(),
  })
  .meta({ id: 'ApiKey' });

export const apiKeyListSchema = z.object({ items: z.array(apiKeySchema) }).meta({ id: 'ApiKeyList' });
export const newApiKeySchema = apiKeySchema
  .extend({ key: z.string().meta({ description: 'The whole key. It is told this once.' }) })
  .meta({ id: 'NewApiKey' });

export const keyIdParamsSchema = z.strictObject({ keyId: z.string().max(100) });

export const whoamiSchema = z
  .object({
    kind: z.enum(['key', 'user', 'external']),
    id: z.string(),
    name: z.string(),
    role: roleSchema,
    tenantId: z.string(),
    permissions: z.array(permissionSchema),
  })
  .meta({ id: 'Whoami' });

export type CreateKeyRequest = z.output<typeof createKeyRequestSchema>;
export type ApiKey = z.output<typeof apiKeySchema>;
export type NewApiKey = z.output<typeof newApiKeySchema>;
export type Whoami = z.output<typeof whoamiSchema>;
export { displayName as displayNameSchema, future as futureSchema, moment as momentSchema };
