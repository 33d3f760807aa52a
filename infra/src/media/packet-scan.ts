import type { Rational } from '@streamflix/contracts';

interface Packet {
  seconds: number;
  durationSeconds: number;
}

/** A clock that runs on makes no such step between two packets of one stream; ffmpeg too takes these for a clock set anew. */
const clockStep = { back: -0.5, ahead: 10 };

/** Collects when the pictures and sounds of a file are shown, from one line per packet. */
export class PacketScan {
  readonly #videoIndex: number | null;
  readonly #audioIndex: number | null;
  /** In the order of decoding; NaN where a packet does not tell when it is shown. */
  readonly #shown: number[] = [];
  readonly #decoded: number[] = [];
  readonly #clocks = new Map<number, number>();
  #latest = Number.NEGATIVE_INFINITY;
  #lastDurationSeconds = 0;
  #firstKeyframe: number | null = null;
  #times: number[] | null = null;
  #audioEndSeconds = 0;
  /** All video packets, those an edit list hides among them. */
  videoPackets = 0;
  packets = 0;
  /** Where the recording's clock was set anew. */
  clockSteps = 0;

  constructor(videoIndex: number | null, audioIndex: number | null) {
    this.#videoIndex = videoIndex;
    this.#audioIndex = audioIndex;
  }

  /** stream_index,pts_time,dts_time,duration_time,flags; absent numbers are N/A, and some packets bring more columns. */
  readonly addLine = (line: string): void => {
    const [stream, ptsTime = '', dtsTime = '', durationTime = '', flags = ''] = line.split(',');
    const index = Number.parseInt(stream ?? '', 10);
    if (index !== this.#videoIndex && index !== this.#audioIndex) return;
    this.packets += 1;
    if (index === this.#videoIndex) this.videoPackets += 1;
    const pts = Number.parseFloat(ptsTime);
    const dts = Number.parseFloat(dtsTime);
    const seconds = Number.isNaN(pts) ? dts : pts;
    if (Number.isNaN(seconds) || flags.includes('D')) return;
    this.#watchClock(index, Number.isNaN(dts) ? pts : dts);
    const durationSeconds = Number.parseFloat(durationTime) || 0;
    if (index === this.#videoIndex) {
      this.#shown.push(pts);
      this.#decoded.push(Number.isNaN(dts) ? pts : dts);
      if (seconds >= this.#latest) [this.#latest, this.#lastDurationSeconds] = [seconds, durationSeconds];
      if (flags.includes('K')) this.#firstKeyframe ??= seconds;
    } else {
      this.#audioEndSeconds = Math.max(this.#audioEndSeconds, seconds + durationSeconds);
    }
  };

  #watchClock(index: number, seconds: number): void {
    const step = seconds - (this.#clocks.get(index) ?? seconds);
    if (step < clockStep.back || step > clockStep.ahead) this.clockSteps += 1;
    this.#clocks.set(index, seconds);
  }

  /**
   * Display times of the pictures in order, without those that share one. Where only some packets tell theirs (a program stream tells one a
   * pack), the others are those that later pictures lean on: each is shown when the next such one is decoded, the last one at the end.
   */
  videoTimes(): number[] {
    this.#times ??= this.#readTimes();
    return this.#times;
  }

  #readTimes(): number[] {
    const [shown, decoded] = [this.#shown, this.#decoded];
    const decodedAt = (index: number): number => decoded[index] ?? 0;
    const delay = shown.reduce((most, pts, index) => (pts - decodedAt(index) > most ? pts - decodedAt(index) : most), 0);
    const times: number[] = [];
    let next = decodedAt(decoded.length - 1) + this.#lastDurationSeconds;
    for (const [back, pts] of shown.toReversed().entries()) {
      const dts = decodedAt(shown.length - 1 - back);
      times.push(Number.isNaN(pts) ? Math.min(next, dts + delay) : pts);
      if (!(pts <= dts)) next = dts;
    }
    return times.toSorted((a, b) => a - b).filter((seconds, index, all) => index === 0 || seconds !== all[index - 1]);
  }

  /** When the last picture appears and how long it says it stays. */
  get lastVideo(): Packet | null {
    const seconds = this.videoTimes().at(-1);
    return seconds === undefined ? null : { seconds, durationSeconds: this.#lastDurationSeconds };
  }

  /** From here on pictures can be decoded; the first picture where a container marks no keyframes. */
  get firstDecodable(): number {
    return this.#firstKeyframe ?? this.videoTimes()[0] ?? 0;
  }

  /** When the first picture is decoded. */
  get firstDecoded(): number {
    return this.#decoded[0] ?? 0;
  }

  get audioEndSeconds(): number {
    return this.#audioEndSeconds;
  }
}

export interface MeasuredRate {
  frameRate: Rational;
  variable: boolean;
}

/** Up to this rate pictures that are all near a place are there because of the grid; at a rate of 1000 everything is near one. */
const fastestSparseGrid = 60;
/** Above it this share of the places must be taken. */
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
  const isFull = places.length >= fullGrid * ((places.at(-1) ?? 0) + 1);
  return near && taken.size === places.length && (isFull || numerator / denominator <= fastestSparseGrid);
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
