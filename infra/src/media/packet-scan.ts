import type { Rational } from '@streamflix/contracts';

interface Packet {
  seconds: number;
  durationSeconds: number;
}

/** Collects when the pictures and sounds of a file are shown, from one line per packet. */
export class PacketScan {
  readonly #videoIndex: number;
  readonly #audioIndex: number | null;
  readonly #video: number[] = [];
  #lastVideo: Packet | null = null;
  #audioEndSeconds = 0;
  /** All video packets, those an edit list hides among them. */
  videoPackets = 0;
  packets = 0;

  constructor(videoIndex: number, audioIndex: number | null) {
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

  get audioEndSeconds(): number {
    return this.#audioEndSeconds;
  }
}

export interface MeasuredRate {
  frameRate: Rational;
  variable: boolean;
}

/** Every picture within half a frame of its place on the grid. */
function isOnGrid(times: readonly number[], { numerator, denominator }: Rational): boolean {
  const first = times[0] ?? 0;
  const frameSeconds = denominator / numerator;
  return times.every((seconds, index) => Math.abs(seconds - first - index * frameSeconds) <= frameSeconds / 2);
}

/** The constant rate that the pictures really keep, among those the container claims; else their mean, as a variable one. */
export function measureRate(times: readonly number[], claimed: readonly Rational[]): MeasuredRate {
  const constant = claimed.find((rate) => isOnGrid(times, rate));
  if (constant !== undefined) return { frameRate: constant, variable: false };
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const mean = span > 0 ? (times.length - 1) / span : 25;
  return { frameRate: { numerator: Math.max(1, Math.round(mean * 1000)), denominator: 1000 }, variable: true };
}
