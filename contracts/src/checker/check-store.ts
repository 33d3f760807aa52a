import type { JobFacts, StoreFacts } from './facts.ts';
import { type Finding, tellSome, toFinding } from './finding-kinds.ts';

const isManifest = (path: string): boolean => /\.(m3u8|mpd)$/.test(path);

function checkPackage({ jobId, packageVersion, packageFiles }: JobFacts, { files, manifests }: StoreFacts): Finding[] {
  const says = `package v${packageVersion} is published`;
  if (files.size === 0) return [toFinding(jobId, 'package-missing', says, 'store: its folder is empty')];
  const published = Object.entries(packageFiles ?? {});
  const needed = new Set([...published.map(([path]) => path), ...(manifests?.named ?? []), 'master.m3u8', 'manifest.mpd']);
  const missing = [...needed].filter((path) => !files.has(path)).sort();
  const resized = published.flatMap(([path, sizeBytes]) => {
    const stored = files.get(path);
    return stored === undefined || stored === sizeBytes ? [] : [`${path} has ${stored} bytes instead of ${sizeBytes}`];
  });
  const unexpected = packageFiles === null ? [] : [...files.keys()].filter((path) => !needed.has(path));
  const faults = missing.some(isManifest) ? [] : (manifests?.faults ?? []);
  const findings: Finding[] = [];
  const tell = (kind: Finding['kind'], items: string[]): void => {
    if (items.length > 0) findings.push(toFinding(jobId, kind, says, `store: ${tellSome(items)}`));
  };
  tell('object-missing', missing);
  tell('object-size', resized);
  tell('object-unexpected', unexpected);
  tell('manifest-invalid', faults);
  return findings;
}

/** Whether the store has of an ended job its published package, whole, and nothing beside it once it was cleaned up. */
export function checkStore(job: JobFacts, store: StoreFacts): Finding[] {
  const { jobId, state, packageVersion, cleanedAt } = job;
  const findings = state === 'completed' && packageVersion !== null ? checkPackage(job, store) : [];
  if (cleanedAt !== null && store.leftovers.length > 0) {
    const says = `cleaned up ${new Date(cleanedAt).toISOString()}`;
    findings.push(toFinding(jobId, 'leftover-objects', says, `store: ${tellSome(store.leftovers)}`));
  }
  return findings;
}
