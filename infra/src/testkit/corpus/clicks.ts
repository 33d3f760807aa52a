/** A tone at every whole second, each of another pitch than its neighbours: sound that tells its own time. */
export const clickSeconds = 0.06;
const pitches = 6;
const pitchHertz = 500;
export const clickSampleRate = 48_000;

/** A source of clicks for ffmpeg's lavfi, as many channels as the layout has. */
export function clicks({ seconds, layout = 'mono' }: { seconds: number; layout?: 'mono' | 'stereo' | '5.1' }): string {
  const click = `0.5*sin(2*PI*${pitchHertz}*(1+mod(floor(t)\\,${pitches}))*t)*lt(mod(t\\,1)\\,${clickSeconds})`;
  const channels = { mono: 1, stereo: 2, '5.1': 6 }[layout];
  return `aevalsrc='${Array.from({ length: channels }, () => click).join('|')}':c=${layout}:s=${clickSampleRate}:d=${seconds}`;
}

export interface HeardClick {
  /** The second of the source at which it was made. */
  second: number;
  /** When it begins in what was heard. */
  atSeconds: number;
}

interface Burst {
  begin: number;
  end: number;
}

const audible = 0.05;
/** Far longer than a wave, far shorter than the pause between two clicks. */
const pauseSamples = clickSampleRate / 20;

function findBursts(samples: Float32Array): Burst[] {
  const bursts: Burst[] = [];
  let current: Burst | undefined;
  samples.forEach((sample, index) => {
    if (Math.abs(sample) < audible) return;
    if (current !== undefined && index - current.end < pauseSamples) current.end = index;
    else {
      current = { begin: index, end: index };
      bursts.push(current);
    }
  });
  return bursts;
}

/** The middle of its energy: a codec smears the edges of a tone, and both alike. */
function centreOf(samples: Float32Array, { begin, end }: Burst): number {
  let energy = 0;
  let moment = 0;
  for (let index = begin; index <= end; index += 1) {
    const power = (samples[index] ?? 0) ** 2;
    energy += power;
    moment += power * index;
  }
  return moment / energy;
}

function pitchOf(samples: Float32Array, centre: number): number {
  const half = Math.round(clickSampleRate * clickSeconds * 0.35);
  const window = samples.subarray(Math.max(0, Math.round(centre) - half), Math.round(centre) + half);
  let crossings = 0;
  window.forEach((sample, index) => {
    if (index > 0 && sample >= 0 !== (window[index - 1] ?? 0) >= 0) crossings += 1;
  });
  return Math.round((crossings * clickSampleRate) / (2 * window.length) / pitchHertz) - 1;
}

/** The whole clicks in sound of one channel at `clickSampleRate`. What is cut off at the begin or the end is left out. */
export function hearClicks(samples: Float32Array): HeardClick[] {
  return findBursts(samples).flatMap((burst) => {
    const length = (burst.end - burst.begin) / clickSampleRate;
    if (length < clickSeconds * 0.85 || length > clickSeconds * 1.6) return [];
    const centre = centreOf(samples, burst);
    const atSeconds = centre / clickSampleRate - clickSeconds / 2;
    const pitch = pitchOf(samples, centre);
    // Of all seconds with this pitch, the nearest one.
    const second = pitch + pitches * Math.max(0, Math.round((atSeconds - pitch) / pitches));
    return [{ second, atSeconds }];
  });
}
