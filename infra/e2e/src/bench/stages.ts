import type { Tool, Watched } from './tool-watch.ts';

/** When something happened, in seconds after the request. */
export interface Step {
  name: string;
  begin: number;
  end: number;
}

export interface Milestones {
  /** The request was answered; the job is in the database. */
  accepted: number;
  completed: number;
  /** The outcome was read back from Kafka. */
  published: number;
}

/** Seconds of the longest way through the job, one stage after the other, so that they add up. */
export interface Stage {
  name: string;
  seconds: number;
}

function taskOf(tasks: readonly Step[], matches: (name: string) => boolean): Step {
  // Of several chunks the one that ends last holds the package up.
  const [task] = tasks.filter(({ name }) => matches(name)).toSorted((a, b) => b.end - a.end);
  if (task === undefined) throw new Error('a completed job has a task of each kind');
  return task;
}

/** The named tools that ran within a task, as one stretch from the first begin to the last end; nothing ran: an empty one at its end. */
function stretch({ tools }: Watched, by: string, wanted: readonly Tool[], within: Step): Step {
  const runs = tools.filter(
    (run) => run.by === by && wanted.includes(run.tool) && run.begin >= within.begin - 0.1 && run.begin <= within.end,
  );
  const begin = Math.min(within.end, ...runs.map((run) => run.begin));
  const end = runs.length === 0 ? within.end : Math.min(within.end, Math.max(...runs.map((run) => run.end)));
  return { name: wanted.join(), begin: Math.max(within.begin, begin), end };
}

/** Where the wall time went, along probe, the longest encode and package. What runs beside them (sound) is hidden behind. */
export function stagesOf(tasks: readonly Step[], watched: Watched, { accepted, completed, published }: Milestones): Stage[] {
  const probe = taskOf(tasks, (name) => name === 'probe');
  const encode = taskOf(tasks, (name) => name !== 'probe' && name !== 'package');
  const pack = taskOf(tasks, (name) => name === 'package');
  const probing = stretch(watched, 'probe', ['ffprobe'], probe);
  const encoding = stretch(watched, 'encode', [encode.name.startsWith('audio') ? 'ffmpeg audio' : 'ffmpeg video'], encode);
  const packing = stretch(watched, 'package', ['packager', 'ffmpeg images'], pack);
  const verified = Math.min(pack.end, Math.max(packing.end, watched.milestones.verified ?? packing.end));
  const marks: [name: string, until: number][] = [
    ['request: the gateway takes the job', accepted],
    ['the job waits for a probe', probe.begin],
    ['probe: download', probing.begin],
    ['probe: ffprobe', probing.end],
    ['probe: plan, written down', probe.end],
    ['the tasks wait for an encoder', encode.begin],
    [`${encode.name}: download`, encoding.begin],
    [`${encode.name}: ffmpeg`, encoding.end],
    [`${encode.name}: counted, upload, written down`, encode.end],
    ['the package waits', pack.begin],
    ['package: download, join', packing.begin],
    ['package: packager, thumbnails', packing.end],
    ['package: verified', verified],
    ['package: upload, written down', pack.end],
    ['the outcome is in the database', completed],
    ['the outcome is in Kafka', published],
  ];
  let last = 0;
  return marks.map(([name, until]) => {
    // Two clocks tell these times, and they may cross by some milliseconds.
    const seconds = Math.max(0, until - last);
    last = Math.max(last, until);
    return { name, seconds };
  });
}
