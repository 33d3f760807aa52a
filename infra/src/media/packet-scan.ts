import type { Rational } from '@streamflix/contracts';

interface Packet {
  seconds: number;
  durationSeconds: number;
}

/** Collects when the pictures and sounds of a file are shown, from one line per packet. */
export class PacketScan {
  readonly #videoIndex: number | null;
  readonly #audioIndex: number | null;
  readonly #video: number[] = [];
  #lastVideo: Packet | null = null;
  #firstKeyframe: number | null = null;
  #audioEndSeconds = 0;
  /** All video packets, those an edit list hides among them. */
  videoPackets = 0;
  packets = 0;

  constructor(videoIndex: number | null, audioIndex: number | null) {
    this.#videoIndex = videoIndex;
    this.#audioIndex = audioIndex;
  }

  /** stream_index,pts_time,dts_time,duration_time,flags; absent numbers are N/A, and some packets bring more columns. */
  readonly addLine = (line: string): void => {
    const [stream, pts = '', dts = '', duration = '', flags = ''] = line.split(',');
    const index = Number.parseInt(stream ?? '', 10);
    if (index !== this.#videoIndex && index !== this.#audioIndex) return;
    this.packets += 1;
    if (index === this.#videoIndex) this.videoPackets += 1;
    const seconds = Number.isFinite(Number(pts)) && pts !== '' ? Number(pts) : Number.parseFloat(dts);
    if (!Number.isFinite(seconds) || flags.includes('D')) return;
    const packet = { seconds, durationSeconds: Number.parseFloat(duration) || 0 };
    if (index === this.#videoIndex) {
      this.#video.push(seconds);
      if (flags.includes('K')) this.#firstKeyframe ??= seconds;
      if (this.#lastVideo === null || seconds >= this.#lastVideo.seconds) this.#lastVideo = packet;
    } else {
      this.#audioEndSeconds = Math.max(this.#audioEndSeconds, seconds + packet.durationSeconds);
    }
  };

  /** Display times of the pictures in order, without those that share one. */
  videoTimes(): number[] {
    return this.#video.toSorted((a, b) => a - b).filter((seconds, index, all) => index === 0 || seconds !== all[index - 1]);
  }

  /** When the last picture appears and how long it says it stays. */
  get lastVideo(): Packet | null {
    return this.#lastVideo;
  }

  /** From here on pictures can be decoded; the first picture where a container marks no keyframes. */
  get firstDecodable(): number {
    return this.#firstKeyframe ?? this.#video[0] ?? 0;
  }

  get audioEndSeconds(): number {
    return this.#audioEndSeconds;
  }
}

export interface MeasuredRate {
  frameRate: Rational;
  variable: boolean;
}

/** Share of the places that must be taken for a grid to be believed: a rate of 1000 fits everything. */
const fullGrid = 0.8;

/** Every picture within half a frame of its place on the grid. */
function isOnGrid(times: readonly number[], { numerator, denominator }: Rational): boolean {
  const first = times[0] ?? 0;
  const frameSeconds = denominator / numerator;
  return times.every((seconds, index) => Math.abs(seconds - first - index * frameSeconds) <= frameSeconds / 2);
}

/** Some pictures missing, but those that are there each on a place of its own: the grid is real, only not full. */
function isOnSparseGrid(times: readonly number[], { numerator, denominator }: Rational): boolean {
  const first = times[0] ?? 0;
  const places = times.map((seconds) => ((seconds - first) * numerator) / denominator);
  const taken = new Set(places.map(Math.round));
  const near = places.every((place) => Math.abs(place - Math.round(place)) < 0.2);
  return near && taken.size === places.length && places.length >= fullGrid * ((places.at(-1) ?? 0) + 1);
}

/** The constant rate that the pictures really keep, among those the container claims; else as a variable one the grid they miss, or their mean. */
export function measureRate(times: readonly number[], claimed: readonly Rational[]): MeasuredRate {
  const constant = claimed.find((rate) => isOnGrid(times, rate));
  if (constant !== undefined) return { frameRate: constant, variable: false };
  const sparse = claimed.find((rate) => isOnSparseGrid(times, rate));
  if (sparse !== undefined) return { frameRate: sparse, variable: true };
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const mean = span > 0 ? (times.length - 1) / span : 25;
  return { frameRate: { numerator: Math.max(1, Math.round(mean * 1000)), denominator: 1000 }, variable: true };
}
