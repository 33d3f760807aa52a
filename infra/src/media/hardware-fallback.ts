import { hasCode } from '@streamflix/contracts';
import { isHardwareFailure } from './encode-failure.ts';

export interface WithFallback<T> {
  hardware(): Promise<T>;
  /** The same in software. It begins anew: what the device left is not used. */
  software(): Promise<T>;
  /** Told why before software begins. */
  onFallback(failure: unknown): void;
}

/** Runs on the device, and in software where the device, its driver or its memory fails or hangs. Faults of the source stay what they are. */
export async function withSoftwareFallback<T>({ hardware, software, onFallback }: WithFallback<T>): Promise<T> {
  try {
    return await hardware();
  } catch (error) {
    if (!isHardwareFailure(error) && !hasCode(error, 'ENCODER_STALLED')) throw error;
    onFallback(error);
  }
  return software();
}
