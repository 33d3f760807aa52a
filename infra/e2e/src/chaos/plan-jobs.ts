import { type ClipName, clipNames } from './clips.ts';
import { seededRandom } from './random.ts';

export interface PlannedJob {
  readonly videoId: string;
  readonly clip: ClipName;
  /** By an event of an independent producer, or by the API of one of the gateways. */
  readonly by: 'event' | 'gateway' | 'gateway#2';
  readonly atSeconds: number;
}

/** The jobs of a run, spread over the time of its faults. The seed alone decides; every kind of clip comes in turn. */
export function planJobs({ seed, count, overSeconds }: { seed: number; count: number; overSeconds: number }): PlannedJob[] {
  // Not the numbers of the faults: other jobs must not mean other faults.
  const random = seededRandom(seed ^ 0x5eed_10b5);
  const clips = random.shuffled(clipNames);
  return Array.from({ length: count }, (_, index) => {
    const clip = clips[index % clips.length] ?? clipNames[0];
    return {
      videoId: `chaos-${seed}-${index + 1}-${clip}`,
      clip,
      by: random.pick(['event', 'event', 'gateway', 'gateway#2']),
      atSeconds: ((index + random.fraction()) * overSeconds) / count,
    };
  });
}
