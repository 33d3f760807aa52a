import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeClip } from '../clips.ts';
import type { HostileSite } from './hostile-input.ts';

const run = promisify(execFile);

/** Of the secret's pictures: nothing of the attacker's own is near it. */
const secretColour = { red: 200, green: 30, blue: 120 };
const nearColour = 30;

/** What an attack reached. */
export interface Watched {
  secretsRead: string[];
  decoyCalls: number;
}

export interface OpenSite extends Omit<HostileSite, 'dir'> {
  /** Forgets what was seen up to now. */
  watch(): Promise<void>;
  seen(): Promise<Watched>;
  close(): Promise<void>;
}

/** Ten pixels square, three bytes each: as `rawvideo` of `rgb24` after `scale=10:10`. */
export const pictureBytes = 10 * 10 * 3;

/** Whether raw pictures of 10x10 have the secret's colour among them. */
export function showsSecret(raw: Buffer): boolean {
  const { red, green, blue } = secretColour;
  for (let at = 0; at + 2 < raw.length; at += 3)
    if ([red, green, blue].every((value, index) => Math.abs((raw[at + index] ?? 0) - value) < nearColour)) return true;
  return false;
}

/** The kernel notes when a file is read for the first time since it was written: we say that it was written a moment ago. */
const longAgo = new Date('2001-01-01');

async function armSecret(path: string): Promise<void> {
  await utimes(path, longAgo, new Date());
}

const wasRead = async (path: string): Promise<boolean> => (await stat(path)).atime.getTime() !== longAgo.getTime();

/** Counts who calls a port of loopback, by TCP or UDP. */
async function openDecoy(): Promise<{ address: string; calls(): number; close(): Promise<void> }> {
  let calls = 0;
  const server = createServer((socket) => {
    calls += 1;
    socket.on('error', () => socket.destroy());
    socket.resume();
    socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const datagrams = createSocket('udp4', () => {
    calls += 1;
  });
  await new Promise<void>((resolve) => datagrams.bind(port, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${port}`,
    calls: () => calls,
    close: async () => {
      datagrams.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Plants secrets beside the place where hostile files will lie, and listens on loopback. */
export async function openSite(base: string): Promise<OpenSite> {
  const secrets = join(base, 'secrets');
  await mkdir(secrets, { recursive: true });
  const secretVideo = join(secrets, 'secret.mp4');
  const secretText = join(secrets, 'secret.txt');
  const { red, green, blue } = secretColour;
  const fill = `geq=r=${red}:g=${green}:b=${blue},format=yuv420p`;
  await makeClip(secretVideo, { seconds: 1, audio: false, frameRate: '10', outputArgs: ['-vf', `format=gbrp,${fill}`] });
  await writeFile(secretText, 'a secret of sixteen and more bytes\n'.repeat(20));
  const own = join(base, 'own.mp4');
  // Grey, so that no colour of its own is taken for the secret's.
  await makeClip(own, { seconds: 2, outputArgs: ['-vf', 'hue=s=0'] });
  const decoy = await openDecoy();
  let before = 0;
  const planted = [secretVideo, secretText];
  return {
    secretVideo,
    secretText,
    decoy: decoy.address,
    clip: await readFile(own),
    convert: async (extension, ...args) => {
      const path = join(base, `converted.${extension}`);
      await run(process.env.FFMPEG_PATH ?? 'ffmpeg', ['-v', 'error', '-nostdin', '-y', '-i', own, ...args, path]);
      return readFile(path);
    },
    watch: async () => {
      before = decoy.calls();
      for (const path of planted) await armSecret(path);
    },
    seen: async () => {
      const read = await Promise.all(planted.map(wasRead));
      return { secretsRead: planted.filter((_, index) => read[index]), decoyCalls: decoy.calls() - before };
    },
    close: decoy.close,
  };
}
