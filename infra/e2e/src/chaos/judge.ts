export interface SeenJob {
  readonly id: string;
  readonly videoId: string;
  readonly state: string;
}

export interface SeenOutcome {
  readonly topic: string;
  readonly jobId: string;
  readonly eventId: string;
}

/** What was found when everything had come to rest. */
export interface Findings {
  /** Accepted by the platform; `good` ones must become a package. */
  readonly accepted: readonly { readonly videoId: string; readonly good: boolean }[];
  readonly jobs: readonly SeenJob[];
  /** As an independent reader of the topics saw them. */
  readonly outcomes: readonly SeenOutcome[];
  readonly packageFaults: Readonly<Record<string, readonly string[]>>;
  /** Of the platform's own checker. */
  readonly disagreements: readonly string[];
  /** Chunks begun again because their worker was gone. */
  readonly chunksAgain: number;
  /** How often an encoder was killed, frozen or ended by itself. */
  readonly encodersLost: number;
  /** Tasks that were done and done again. */
  readonly doneTwice: number;
  readonly unconfirmedEvents: number;
  readonly ffmpegsLeft: readonly string[];
  readonly scratchLeft: readonly string[];
}

const outcomeTopics: Readonly<Record<string, string>> = {
  completed: 'video.transcoded',
  failed: 'video.failed',
  cancelled: 'video.failed',
};

/** The promises that were broken, a sentence each; none is what we want. */
export function judge(found: Findings): string[] {
  const outcomesOf = Map.groupBy(found.outcomes, ({ jobId }) => jobId);
  const jobsOf = Map.groupBy(found.jobs, ({ videoId }) => videoId);
  return [
    ...found.accepted
      .filter(({ videoId }) => !jobsOf.has(videoId))
      .map(({ videoId }) => `${videoId} was accepted and has no job`),
    ...[...jobsOf]
      .filter(([, jobs]) => jobs.length > 1)
      .map(([videoId, jobs]) => `${videoId} was submitted once and has ${jobs.length} jobs`),
    ...found.jobs.flatMap((job) => judgeOutcomes(job, outcomesOf.get(job.id) ?? [])),
    ...[...outcomesOf.keys()]
      .filter((id) => !found.jobs.some((job) => job.id === id))
      .map((id) => `outcome of an unknown job ${id}`),
    ...found.accepted.flatMap(({ videoId, good }) => judgeStates(jobsOf.get(videoId) ?? [], good)),
    ...Object.entries(found.packageFaults).map(([id, faults]) => `package of ${id}: ${faults.join('; ')}`),
    ...found.disagreements.map((finding) => `verify: ${finding}`),
    ...(found.chunksAgain > found.encodersLost
      ? [`${found.chunksAgain} chunks were encoded again for ${found.encodersLost} encoders lost`]
      : []),
    ...(found.doneTwice > 0 ? [`${found.doneTwice} tasks were done more than once`] : []),
    ...(found.unconfirmedEvents > 0 ? [`${found.unconfirmedEvents} events were never read back`] : []),
    ...found.ffmpegsLeft.map((line) => `left running: ${line}`),
    ...found.scratchLeft.map((path) => `left on the disk: ${path}`),
  ];
}

function judgeOutcomes({ id, videoId, state }: SeenJob, outcomes: readonly SeenOutcome[]): string[] {
  const named = `${videoId} (job ${id}, ${state})`;
  const topic = outcomeTopics[state];
  if (topic === undefined) return [`${named} did not end`];
  const eventIds = new Set(outcomes.map(({ eventId }) => eventId));
  if (eventIds.size !== 1) return [`${named} has ${eventIds.size} outcome events instead of one`];
  return outcomes.every((each) => each.topic === topic) ? [] : [`${named} was told on another topic than ${topic}`];
}

function judgeStates(jobs: readonly SeenJob[], good: boolean): string[] {
  const wanted = good ? 'completed' : 'failed';
  return jobs
    .filter(({ state }) => state !== wanted)
    .map(({ id, videoId, state }) => `${videoId} (job ${id}) is ${state}, not ${wanted}`);
}
