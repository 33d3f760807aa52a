import { type ApiJob, StreamflixError } from '@streamflix/contracts';

/** NOT_FOUND, or PRECONDITION_FAILED where it is no longer what the caller has seen. */
export function refuseUnseen(answer: string): void {
  if (answer === 'not-found') throw new StreamflixError('NOT_FOUND', { message: 'There is no such job.' });
  if (answer === 'changed') throw new StreamflixError('PRECONDITION_FAILED');
}

export const notEnded = ({ state }: ApiJob): StreamflixError =>
  new StreamflixError('CONFLICT', { message: `The job has not ended: it is ${state}.`, details: { state } });
