import { z } from 'zod';
import { displayNameSchema, momentSchema, roleSchema, tenantIdSchema } from './key-shapes.ts';

const emailSchema = z
  .string()
  .max(254)
  .meta({ pattern: z.regexes.email.source })
  .transform((text) => text.trim().toLowerCase())
  .pipe(z.email())
  .meta({ examples: ['ann@example.com'] });

/** Long enough not to be guessed; the upper bound keeps the digest's work bounded. */
const newPasswordSchema = z.string().min(12).max(128);
const givenPasswordSchema = z.string().min(1).max(128);
const tokenSchema = z.string().min(1).max(200);

export const inviteUserRequestSchema = z
  .strictObject({
    email: emailSchema,
    name: displayNameSchema,
    role: roleSchema.default('member'),
    tenantId: tenantIdSchema.optional().meta({ description: 'The tenant that is meant by the request, when absent.' }),
  })
  .meta({ id: 'InviteUserRequest' });

export const changeUserRequestSchema = z
  .strictObject({ name: displayNameSchema, role: roleSchema, tenantId: tenantIdSchema, disabled: z.boolean() })
  .partial()
  .meta({ id: 'ChangeUserRequest' });

export const userSchema = z
  .object({
    id: z.uuid(),
    email: z.string(),
    name: z.string(),
    tenantId: z.string(),
    role: roleSchema,
    status: z.enum(['invited', 'active', 'disabled']),
    createdAt: momentSchema,
    lastLoginAt: momentSchema.nullable(),
  })
  .meta({ id: 'User' });

export const invitedUserSchema = userSchema
  .extend({
    mailed: z.boolean(),
    token: z
      .string()
      .nullable()
      .meta({ description: 'Sets the password, once; told only where no mail could be sent, to be handed over by other means.' }),
  })
  .meta({ id: 'InvitedUser' });

export const userListSchema = z.object({ items: z.array(userSchema) }).meta({ id: 'UserList' });
export const userIdParamsSchema = z.strictObject({ userId: z.string().max(100) });

export const loginRequestSchema = z
  .strictObject({ email: emailSchema, password: givenPasswordSchema })
  .meta({ id: 'LoginRequest' });
export const refreshRequestSchema = z.strictObject({ refreshToken: tokenSchema }).meta({ id: 'RefreshRequest' });
export const changePasswordRequestSchema = z
  .strictObject({ currentPassword: givenPasswordSchema, newPassword: newPasswordSchema })
  .meta({ id: 'ChangePasswordRequest' });
export const requestResetRequestSchema = z.strictObject({ email: emailSchema }).meta({ id: 'RequestResetRequest' });
export const setPasswordRequestSchema = z
  .strictObject({ token: tokenSchema, newPassword: newPasswordSchema })
  .meta({ id: 'SetPasswordRequest' });

export const tokensSchema = z
  .object({
    accessToken: z.string(),
    tokenType: z.literal('Bearer'),
    expiresIn: z.int().meta({ description: 'Seconds.' }),
    refreshToken: z
      .string()
      .meta({ description: 'Good for one refresh, which gives the next. Using one twice ends the session.' }),
  })
  .meta({ id: 'Tokens' });

export const jwksSchema = z.object({ keys: z.array(z.record(z.string(), z.string())) }).meta({ id: 'Jwks' });

export type User = z.output<typeof userSchema>;
export type InvitedUser = z.output<typeof invitedUserSchema>;
export type Tokens = z.output<typeof tokensSchema>;
