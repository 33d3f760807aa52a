import { hasCode, StreamflixError, toStreamflixError } from '@streamflix/contracts';
import { exceededLimitOf } from './limits.ts';
import { ProcessFailure } from './process.ts';

export const tooManyPixels = /exceeds specified max pixel count|Picture size \d+x\d+ is invalid/;

/** What ffprobe's failure says about the source. */
export function refusalOf(failure: unknown): StreamflixError {
  // Busy for so long with nothing to show: the source keeps it so. One that did nothing was kept by the machine.
  if (hasCode(failure, 'ENCODER_STALLED') && toStreamflixError(failure).details?.busy === true)
    return new StreamflixError('SOURCE_TOO_COMPLEX', { details: { exceeded: 'time' }, cause: failure });
  if (!(failure instanceof ProcessFailure)) return toStreamflixError(failure);
  const { exceeded, exitCode, stderr } = failure;
  const text = stderr.join('\n');
  const particulars = { details: { exceeded, stderr: stderr.slice(-5) }, cause: failure };
  if (exceeded !== null) return new StreamflixError('SOURCE_TOO_COMPLEX', particulars);
  // Its own verdict is 1. Killed, crashed, not started or without a sandbox it has said nothing about the source.
  if (exitCode !== 1 || /^bwrap: /m.test(text)) return new StreamflixError('ENCODER_FAILED', particulars);
  if (tooManyPixels.test(text)) return new StreamflixError('SOURCE_TOO_LARGE', particulars);
  if (/File ended prematurely|partial file|Truncat/i.test(text)) return new StreamflixError('SOURCE_TRUNCATED', particulars);
  if (/encrypted|decryption key/i.test(text)) return new StreamflixError('SOURCE_ENCRYPTED', particulars);
  return new StreamflixError('SOURCE_CORRUPT', particulars);
}

/** ffprobe goes on without what it got no memory for, and ends well. Throws SOURCE_TOO_COMPLEX. */
export function assertWithinLimits(stderr: readonly string[]): void {
  const exceeded = exceededLimitOf({ exitCode: 0, exitSignal: null, stderr });
  if (exceeded !== null) throw new StreamflixError('SOURCE_TOO_COMPLEX', { details: { exceeded, stderr: stderr.slice(-5) } });
}
