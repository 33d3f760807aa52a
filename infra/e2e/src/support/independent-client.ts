import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { projectDir } from '../run/step.ts';
import { pythonEnvironment } from './python-environment.ts';
import { waitFor } from './wait-for.ts';

const clientDir = join(projectDir, 'infra/e2e/independent');

/** Python with the libraries of the client. */
const python = (): string => {
  const requirements = readFileSync(join(clientDir, 'requirements.txt'), 'utf8').trim().split('\n');
  return join(pythonEnvironment('python-client', requirements), 'python');
};

export interface UploadOrder {
  value: Record<string, unknown>;
  headers?: Record<string, string>;
  times?: number;
  /** Names another schema than the one it is written with. */
  schemaId?: number;
}

/** Runs the client to its end without holding up this process; answers with what it printed. */
export async function askIndependentClient(args: string[], { env, input = '' }: { env: NodeJS.ProcessEnv; input?: string }) {
  const child = spawn(python(), [join(clientDir, 'client.py'), ...args], { env, timeout: 90_000 });
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  if (code !== 0) throw new Error(`the independent client failed at ${args.join(' ')}: ${stderr.slice(-500)}`);
  return stdout;
}

/** Publishes VideoUploaded by a client that knows nothing of our code. */
export function publishUploads(...orders: UploadOrder[]): void {
  const input = orders.map((order) => JSON.stringify(order)).join('\n');
  const { status, stderr } = spawnSync(python(), [join(clientDir, 'client.py'), 'produce'], {
    input,
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0) throw new Error(`publishing failed: ${stderr}`);
}

/** An event as somebody else reads it. */
export interface ReadEvent {
  topic: string;
  key: string;
  headers: Record<string, string>;
  event: Record<string, unknown>;
}

/** Collects all events of some topics from the beginning, by a client that knows nothing of our code. */
class EventReader<E extends ReadEvent> {
  readonly #seen: E[] = [];
  readonly #child: ChildProcess;
  #fault: Error | undefined;

  constructor(topics: E['topic'][], env: NodeJS.ProcessEnv) {
    const args = [join(clientDir, 'client.py'), 'follow', ...topics];
    const child = spawn(python(), args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', (line) => this.#seen.push(JSON.parse(line) as E));
    child.once('exit', (code) => {
      this.#fault = new Error(`the independent reader ended by itself with ${code}`);
    });
    this.#child = child;
  }

  /** Throws when the reader is gone: half of the events look like events that are missing. */
  get seen(): readonly E[] {
    if (this.#fault !== undefined) throw this.#fault;
    return this.#seen;
  }

  close(): void {
    this.#child.kill();
  }
}

export interface Outcome extends ReadEvent {
  topic: 'video.transcoded' | 'video.failed';
  event: Record<string, unknown> & { videoId: string; eventId: string };
}

/** Collects all outcomes, as a downstream service would see them. */
export class OutcomeReader extends EventReader<Outcome> {
  constructor(env: NodeJS.ProcessEnv = process.env) {
    super(['video.transcoded', 'video.failed'], env);
  }

  of(videoId: string): Outcome[] {
    return this.seen.filter(({ event }) => event.videoId === videoId);
  }

  /** Of each outcome once, however often it was delivered, in order. */
  idsOf(videoId: string): string[] {
    return [...new Set(this.of(videoId).map(({ event }) => event.eventId))];
  }

  waitFor(videoId: string, withinMs = 120_000): Promise<Outcome> {
    return waitFor(`an outcome of ${videoId}`, () => this.of(videoId)[0], { withinMs });
  }
}

interface Step extends ReadEvent {
  topic: 'job.progress';
  event: { jobId: string; stage: string; jobProgress: number; occurredAt: string };
}

/** Collects what is told of the progress of jobs. */
export class ProgressReader extends EventReader<Step> {
  constructor(env: NodeJS.ProcessEnv = process.env) {
    super(['job.progress'], env);
  }
}
