import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { readCommandLine, readStat, uptimeSeconds } from './process-stat.ts';

const lookEveryMs = 40;

/** One run of ffmpeg, ffprobe or the packager, as seen from outside; times in seconds since the job began. */
export interface ToolRun {
  tool: Tool;
  /** The process of the platform that ran it. */
  by: string;
  begin: number;
  /** When it was seen last: up to a look early. */
  end: number;
  cpuSeconds: number;
}

export type Tool = 'ffmpeg video' | 'ffmpeg audio' | 'ffmpeg images' | 'ffmpeg join' | 'ffprobe' | 'packager';

/** Files of a package on its way. Each tells that the step before it is over. */
const milestones = { verified: 'metadata.json' } as const;
export type Milestone = keyof typeof milestones;

export interface Watched {
  tools: ToolRun[];
  milestones: Partial<Record<Milestone, number>>;
}

const words = [
  ['libx264', 'ffmpeg video'],
  ['aac', 'ffmpeg audio'],
  ['mjpeg', 'ffmpeg images'],
  ['concat', 'ffmpeg join'],
] as const;

/** The sandbox around a tool carries the tool's words as well, so the name of the process decides first. */
export function toolOf(name: string, commandLine: readonly string[]): Tool | undefined {
  if (name === 'ffprobe') return 'ffprobe';
  if (name.startsWith('packager')) return 'packager';
  if (name !== 'ffmpeg') return undefined;
  return words.find(([word]) => commandLine.includes(word))?.[1];
}

export interface WatchOptions {
  /** The platform's processes: what lives below each now. */
  groups: readonly { name: string; pids(): number[] }[];
  workDir: string;
}

/** Looks at the platform from outside, so that nothing in it needs to be measured for this. */
export class ToolWatch {
  readonly #options: WatchOptions;
  readonly #beganAt = uptimeSeconds();
  /** By pid and start. */
  readonly #tools = new Map<string, ToolRun>();
  readonly #milestones: Watched['milestones'] = {};
  readonly #timer = setInterval(() => this.#look(), lookEveryMs);

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  stop(): Watched {
    clearInterval(this.#timer);
    return { tools: [...this.#tools.values()].toSorted((a, b) => a.begin - b.begin), milestones: this.#milestones };
  }

  #look(): void {
    const now = uptimeSeconds() - this.#beganAt;
    for (const { name, pids } of this.#options.groups) for (const pid of pids()) this.#see(pid, name, now);
    for (const name of Object.keys(milestones) as Milestone[]) {
      const pattern = join(this.#options.workDir, 'package/*/task-*/package', milestones[name]);
      if (this.#milestones[name] === undefined && globSync(pattern).some((path) => existsSync(path)))
        this.#milestones[name] = now;
    }
  }

  #see(pid: number, by: string, now: number): void {
    const stat = readStat(pid);
    if (stat === undefined) return;
    const { name, cpuSeconds, startedAtSeconds } = stat;
    const key = `${pid} ${startedAtSeconds}`;
    const known = this.#tools.get(key);
    if (known !== undefined) {
      known.end = now;
      known.cpuSeconds = cpuSeconds;
      return;
    }
    const tool = toolOf(name, readCommandLine(pid));
    if (tool !== undefined) this.#tools.set(key, { tool, by, begin: startedAtSeconds - this.#beganAt, end: now, cpuSeconds });
  }
}
