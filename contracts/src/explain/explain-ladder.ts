import type { LadderLine } from '../api/explanation.ts';
import { framesPerSecond } from '../media/frame-grid.ts';
import { rungName } from '../media/ladder.ts';
import type { GivenUpRendition, JobPlan, VideoRendition } from '../media/plan.ts';
import type { ProfileRung } from '../media/profile.ts';
import { hasVideo } from '../media/source.ts';

export const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

export interface LadderFacts {
  plan: JobPlan;
  /** Names of renditions that are done, and those the job does without. */
  made: readonly string[];
  givenUp: readonly GivenUpRendition[];
}

/** What the profile asks for: every rung in every codec. */
const rungsAsked = ({ profile: { profile } }: JobPlan) =>
  profile.codecs.flatMap((settings) =>
    profile.rungs.map((rung) => ({
      rung,
      name: rungName(rung, settings),
      codec: settings.codec,
      required: rung.required && settings.required,
    })),
  );

const sizeless = { width: null, height: null, maxBitrateKbps: null };

function whyMade({ copied, required }: VideoRendition, isOfProfile: boolean): string {
  if (copied) return "The source's own stream is what this rung should be, so it is copied.";
  const from = isOfProfile ? 'A rung of the profile.' : "Of the source's own size, which lies between two rungs of the profile.";
  return required ? from : `${from} The job completes without it when it cannot be made.`;
}

const whyLeftOut = ({ shortSide }: ProfileRung, sourceShortSide: number): string =>
  shortSide > sourceShortSide
    ? `Larger than the source, whose short side is ${sourceShortSide}: nothing is scaled up.`
    : "Too near to the rung of the source's own size to show a difference.";

/** Every rung there is and every one the profile asks for, made or not, and why. */
export function explainLadder({ plan, made, givenUp }: LadderFacts): LadderLine[] {
  if (!hasVideo(plan.source)) return [];
  const { width, height } = plan.source.video;
  const asked = rungsAsked(plan);
  const lines = new Map<string, LadderLine>();
  for (const { name, rung, codec, required } of asked) {
    const why = whyLeftOut(rung, Math.min(width, height));
    lines.set(name, { name, codec, ...sizeless, required, status: 'left-out', why });
  }
  for (const rendition of plan.renditions) {
    if (rendition.kind !== 'video') continue;
    const { name, codec, required, width: ofWidth, height: ofHeight, maxBitrateKbps } = rendition;
    const size = { width: ofWidth, height: ofHeight, maxBitrateKbps };
    const status = made.includes(name) ? 'done' : 'planned';
    lines.set(name, { name, codec, ...size, required, status, why: whyMade(rendition, lines.has(name)) });
  }
  for (const { name, code, message } of [...(plan.givenUp ?? []), ...givenUp]) {
    const codec = plan.profile.profile.codecs.find((each) => name.endsWith(`-${each.codec}`))?.codec ?? 'h264';
    const line = lines.get(name) ?? { name, codec, ...sizeless };
    lines.set(name, { ...line, required: false, status: 'given-up', why: `${code}: ${message}` });
  }
  return [...lines.values()];
}

/** Why it is this ladder, in sentences. */
export function ladderSentences({ source, profile }: JobPlan, lines: readonly LadderLine[]): string[] {
  if (!hasVideo(source)) return ['The source is sound alone, so there is no ladder.'];
  const { width, height, frameRate, codec } = source.video;
  const fps = Number(framesPerSecond(frameRate).toFixed(3));
  const [leftOut, taken] = [true, false].map((isLeftOut) =>
    lines.filter(({ status }) => (status === 'left-out') === isLeftOut).map(({ name }) => name),
  );
  const what = `The source is ${width}x${height} at ${fps} frames a second (${codec}, ${source.durationSeconds.toFixed(1)} s).`;
  return [
    `${what} By the profile ${profile.name} its rungs are ${listed(taken ?? [])}.`,
    ...(leftOut === undefined || leftOut.length === 0
      ? []
      : [
          `${listed(leftOut)} ${leftOut.length === 1 ? 'is' : 'are'} left out: larger than the source, or too near to its own size.`,
        ]),
  ];
}
