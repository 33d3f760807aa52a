import { z } from 'zod';
import { profileNameSchema, profileSchema } from '../media/profile.ts';

/** A profile as the API tells it. */
export const namedProfileSchema = z
  .object({
    name: profileNameSchema,
    version: z.int().min(0).meta({ description: "How often it was written; 0 for one of the platform's own." }),
    profile: profileSchema,
  })
  .meta({ id: 'NamedProfile' });

export const profileListSchema = z.object({ items: z.array(namedProfileSchema) }).meta({ id: 'ProfileList' });

export const profileParamsSchema = z.strictObject({ name: profileNameSchema });

export type ApiProfile = z.output<typeof namedProfileSchema>;
export type ApiProfileList = z.output<typeof profileListSchema>;
