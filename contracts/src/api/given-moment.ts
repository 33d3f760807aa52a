import { z } from 'zod';

/** A moment that somebody sends, in any time zone: of the years 1970 to 2999, which every program on its way can hold. */
export const givenMomentSchema = z.iso
  .datetime({ offset: true })
  .regex(/^(19[7-9]|2\d\d)\d-/, 'must be of the years 1970 to 2999');
