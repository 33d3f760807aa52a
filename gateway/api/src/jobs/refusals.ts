import { errorAnswerSchema } from '@streamflix/contracts';

/** Refusals every route of jobs may answer with. */
export const refusals = { 400: errorAnswerSchema, 401: errorAnswerSchema, 503: errorAnswerSchema };
