import { join } from 'node:path';
import { type JobPlan, planStills, requireVideo, StreamflixError } from '@streamflix/contracts';
import { takeStills } from '@streamflix/infra/media';
import type { TaskContext } from '@streamflix/infra/processor';

export interface PackagedImage {
  kind: 'thumbnail' | 'custom';
  /** Path inside the package. */
  path: string;
  positionSeconds: number;
  width: number;
  height: number;
}

/** Takes the stills of a package from one of its rungs, which lie as whole files under their names. */
export async function packageStills(
  { media, signal }: Pick<TaskContext, 'media' | 'signal'>,
  plan: JobPlan,
  rungs: ReadonlyMap<string, string>,
  packageDir: string,
): Promise<PackagedImage[]> {
  const stills = planStills(plan);
  if (stills === null) return [];
  const input = rungs.get(stills.rung.name);
  if (input === undefined)
    throw new StreamflixError('INTERNAL_ERROR', { message: `${stills.rung.name} is planned and not here` });
  const { video } = requireVideo(plan.source);
  const names = await takeStills({ stills, input, video, outputDir: join(packageDir, 'images'), media, signal });
  return names.map((name, index) => ({
    kind: 'thumbnail',
    path: `images/${name}`,
    positionSeconds: (stills.positions[index] ?? 0) * plan.source.durationSeconds,
    width: stills.width,
    height: stills.height,
  }));
}
