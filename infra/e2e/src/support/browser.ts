import { createReadStream } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { findOnPath, findRootPrefix, installPackages } from '@streamflix/infra/local';
import { type Browser, chromium } from 'playwright-core';
import { projectDir } from '../run/step.ts';
import { waitFor } from './wait-for.ts';

const { resolve } = createRequire(import.meta.url);
const playerDir = join(projectDir, 'infra/e2e/player');

/** What the page is made of, by its path. */
const files: Record<string, { path: string; type: string }> = {
  '/': { path: join(playerDir, 'index.html'), type: 'text/html' },
  '/playback.js': { path: join(playerDir, 'playback.js'), type: 'text/javascript' },
  '/hls.js': { path: resolve('hls.js/dist/hls.min.js'), type: 'text/javascript' },
  '/shaka-player.js': {
    path: join(dirname(resolve('shaka-player/package.json')), 'dist/shaka-player.compiled.js'),
    type: 'text/javascript',
  },
};

/** What the page says about the media element; loudness is the root mean square of the samples that leave it, 1 is full scale. */
export interface PlaybackReport {
  currentTime: number;
  duration: number;
  ended: boolean;
  seeking: boolean;
  videoWidth: number;
  videoHeight: number;
  frames: number;
  colours: number;
  loudness: number;
  /** The loudest frequency, in hertz. */
  pitch: number;
  /** The text of the cues that are shown now. */
  cues: string[];
  /** The whole seconds of the video near which sound came out of the decoder. */
  heardNear: number[];
  bufferedTo: number;
  /** Each time the player stood still after it had begun: where, and how much it had to go on with. A slow machine waits with much. */
  waits: { at: number; ahead: number }[];
  /** The height of each picture that followed one of another. */
  shownHeights: number[];
  /** The heights of the rungs that the player says it changed to. */
  switchedTo: number[];
  faults: string[];
}

/** What a viewer may choose from. */
export interface OfferedTracks {
  audio: { label: string; language: string; channels: number }[];
  text: { label: string; language: string; isForced: boolean }[];
}

export interface Playback {
  listTracks(): Promise<OfferedTracks>;
  /** By the place in the list. */
  takeAudio(index: number): Promise<void>;
  takeText(index: number): Promise<void>;
  /** hls.js alone: the 5.1 of a language, which is in a group of its own. */
  takeSurround(language: string): Promise<void>;
  /** From now on the end is followed by the beginning: however slow the machine, there is something to be heard. */
  repeat(): Promise<void>;
  report(): Promise<PlaybackReport>;
  seek(seconds: number): Promise<void>;
  /** The heights of the rungs, from the smallest. */
  listRungs(): Promise<number[]>;
  /** From some segment on; what is shown now goes on. */
  chooseRung(height: number): Promise<void>;
  /** The first report that satisfies `isSo`; a fault of the player ends the wait. */
  until(what: string, isSo: (report: PlaybackReport) => boolean): Promise<PlaybackReport>;
  close(): Promise<void>;
}

/** Headless Chromium with a page that plays manifests, on an origin of its own as a player's site would be. */
export class PlayerSite {
  readonly #browser: Browser;
  readonly #server: Server;

  private constructor(browser: Browser, server: Server) {
    this.#browser = browser;
    this.#server = server;
  }

  static async open(): Promise<PlayerSite> {
    const server = createServer((request, response) => {
      const file = files[request.url ?? ''];
      if (file === undefined) response.writeHead(404).end();
      else createReadStream(file.path).pipe(response.writeHead(200, { 'content-type': file.type }));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const browser = await chromium.launch({
      executablePath: await installChromium(),
      args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--mute-audio'],
    });
    return new PlayerSite(browser, server);
  }

  async play(player: 'hls.js' | 'shaka', manifestUrl: string): Promise<Playback> {
    const page = await this.#browser.newPage();
    const { port } = this.#server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.evaluate(`playback.play(${JSON.stringify(player)}, ${JSON.stringify(manifestUrl)})`);
    const report = () => page.evaluate<PlaybackReport>('playback.report()');
    const call = async (what: string): Promise<void> => {
      await page.evaluate(`void playback.${what}`);
    };
    return {
      report,
      repeat: () => call('repeat()'),
      listTracks: () => page.evaluate<OfferedTracks>('playback.listTracks()'),
      takeAudio: (index) => call(`takeAudio(${index})`),
      takeText: (index) => call(`takeText(${index})`),
      takeSurround: (language) => call(`takeSurround(${JSON.stringify(language)})`),
      seek: async (seconds) => {
        await page.evaluate(`playback.seek(${seconds})`);
      },
      listRungs: () => page.evaluate<number[]>('playback.listRungs()'),
      chooseRung: (height) => call(`chooseRung(${height})`),
      until: (what, isSo) =>
        waitFor(`${player}: ${what}`, async () => {
          const now = await report();
          if (now.faults.length > 0 || isSo(now)) return now;
          throw new Error(`the player says ${JSON.stringify(now)}`);
        }),
      close: () => page.close(),
    };
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

async function installChromium(): Promise<string> {
  const found = await findOnPath('chromium');
  if (found !== undefined) return found;
  const rootPrefix = await findRootPrefix();
  if (rootPrefix === undefined) throw new Error('chromium is missing and cannot be installed without root: apt install chromium');
  await installPackages(['chromium'], rootPrefix, { say: console.log });
  const installed = await findOnPath('chromium');
  if (installed === undefined) throw new Error('chromium was installed and is not on the PATH');
  return installed;
}
