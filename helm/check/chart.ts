import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckFault, mustRun, type Outcome, run, say } from './tools.ts';

export type ChartParts = { helm: string; kubeconform: string; chart: string; schemas: string; valuesDir: string };

/** One letter wrong in what the cluster is given: proof that the validation would notice. */
const misspelt = [
  ['readOnlyRootFilesystem', 'readOnlyRootFilesytem'],
  ['terminationGracePeriodSeconds', 'terminationGracePeriodSecond'],
  ['maxReplicaCount', 'maxReplicasCount'],
  ['secretTargetRef', 'secretTargetRefs'],
  ['targetQueryValue', 'targetQuerryValue'],
  ['podTargetLabels', 'podTargetLabel'],
  ['ipBlock', 'ipBlok'],
  ['backoffLimit: 3', 'backoffLimit: three'],
] as const;

/** Values that must not render, and the word in the answer that shows they were refused for the right reason. */
const refused: readonly (readonly [setting: string, because: string])[] = [
  ['processes.encode.replica=2', 'replica'],
  ['processes.encod.replicas=2', 'encod'],
  ['config.KAFKA_BROKER=kafka:9092', 'KAFKA_BROKER'],
  ['config.LOG_LEVEL=loud', 'LOG_LEVEL'],
  ['credentials.API_KEY=short', 'API_KEY'],
  ['credentials.AWS_ACCESS_KEY_ID=alone', 'AWS_SECRET_ACCESS_KEY'],
  ['processes.probe.autoscaling.enabled=true,processes.probe.autoscaling.cpuSecondsPerReplica=0', 'cpuSecondsPerReplica'],
  ['keda.enabled=true,processes.encode.autoscaling.maxReplicas=1,processes.encode.autoscaling.minReplicas=2', 'minReplicas'],
  ['keda.enabled=true,processes.notify.autoscaling.enabled=true,processes.notify.autoscaling.cpuSecondsPerReplica=1', 'notify'],
  ['security.mediaSandbox=bubblewrap', 'seccomp'],
  ['ingress.enabled=true', 'ingress.host'],
];

export async function checkChart(parts: ChartParts): Promise<void> {
  const files = (await readdir(parts.valuesDir)).filter((file) => file.endsWith('.yaml')).sort();
  let everything = '';
  for (const file of files) {
    const values = ['--values', join(parts.valuesDir, file)];
    await mustRun(parts.helm, ['lint', '--strict', '--quiet', parts.chart, ...values]);
    const rendered = await render(parts, values);
    const verdict = await validate(parts, rendered);
    if (verdict.code !== 0)
      throw new CheckFault(`${file} renders what a cluster would refuse\n${verdict.stdout}${verdict.stderr}`);
    say(`helm: ${file}: ${verdict.stdout.trim()}`);
    if (rendered.length > everything.length) everything = rendered;
  }
  await provesItself(parts, everything);
  await refusesWrongValues(parts);
}

function render(parts: Pick<ChartParts, 'helm' | 'chart'>, args: readonly string[]): Promise<string> {
  return mustRun(parts.helm, ['template', 'release', parts.chart, '--namespace', 'video', ...args]);
}

function validate(parts: ChartParts, manifests: string): Promise<Outcome> {
  const location = `${parts.schemas}/{{.ResourceKind}}{{.KindSuffix}}.json`;
  return run(parts.kubeconform, ['-strict', '-summary', '-schema-location', location, '-'], { stdin: manifests });
}

async function provesItself(parts: ChartParts, manifests: string): Promise<void> {
  for (const [right, wrong] of misspelt) {
    if (!manifests.includes(right)) throw new CheckFault(`no value set renders ${right}: the check of its spelling is empty`);
    const verdict = await validate(parts, manifests.replace(right, wrong));
    if (verdict.code === 0) throw new CheckFault(`${wrong} instead of ${right} went unnoticed: the validation proves nothing`);
  }
  say(`helm: ${misspelt.length} misspelt fields were refused`);
}

async function refusesWrongValues(parts: ChartParts): Promise<void> {
  for (const [setting, because] of refused) {
    const outcome = await run(parts.helm, ['template', 'release', parts.chart, '--set', setting]);
    if (outcome.code === 0) throw new CheckFault(`--set ${setting} should be refused`);
    if (!outcome.stderr.includes(because))
      throw new CheckFault(`--set ${setting} is refused, but not over ${because}\n${outcome.stderr}`);
  }
  say(`helm: ${refused.length} wrong settings were refused`);
}
