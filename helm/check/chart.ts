import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
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
  const rendered: Record<string, string> = {};
  for (const file of (await readdir(parts.valuesDir)).filter((name) => name.endsWith('.yaml'))) {
    const values = ['--values', join(parts.valuesDir, file)];
    await mustRun(parts.helm, ['lint', '--strict', '--quiet', parts.chart, ...values]);
    rendered[file] = await mustRun(parts.helm, ['template', 'release', parts.chart, '--namespace', 'video', ...values]);
  }
  const { valid, faults } = await validate(parts, rendered);
  if (faults.length > 0) {
    const lines = faults.map((fault) => `${basename(fault.filename)}: ${fault.kind} ${fault.name}: ${fault.msg}`);
    throw new CheckFault(`the chart renders what a cluster would refuse\n${lines.join('\n')}`);
  }
  say(`helm: ${valid} resources of ${Object.keys(rendered).join(', ')} are valid`);
  await noticesMisspelling(parts, rendered['everything-values.yaml'] ?? '');
  await refusesWrongValues(parts);
}

type Verdict = { valid: number; faults: { filename: string; kind: string; name: string; msg: string }[] };

/** One run for all files: reading the schemas is what takes the time. */
async function validate(parts: ChartParts, manifests: Record<string, string>): Promise<Verdict> {
  const dir = await mkdtemp(join(tmpdir(), 'streamflix-manifests-'));
  try {
    for (const [file, text] of Object.entries(manifests)) await writeFile(join(dir, file), text);
    const location = `${parts.schemas}/{{.ResourceKind}}{{.KindSuffix}}.json`;
    const outcome = await run(parts.kubeconform, ['-strict', '-summary', '-output', 'json', '-schema-location', location, dir]);
    const answer = readAnswer(outcome);
    if (answer.summary.skipped > 0 || answer.summary.valid + answer.resources.length === 0) {
      throw new CheckFault(`kubeconform left something out\n${outcome.stdout}`);
    }
    return { valid: answer.summary.valid, faults: answer.resources };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function readAnswer(outcome: Outcome): { summary: { valid: number; skipped: number }; resources: Verdict['faults'] } {
  try {
    return JSON.parse(outcome.stdout);
  } catch (cause) {
    throw new CheckFault(`kubeconform ended with ${outcome.code}\n${outcome.stderr}`, { cause });
  }
}

async function noticesMisspelling(parts: ChartParts, manifests: string): Promise<void> {
  const documents = manifests.split(/^---$/m);
  const files: Record<string, string> = {};
  for (const [right, wrong] of misspelt) {
    const document = documents.find((text) => text.includes(right));
    if (document === undefined) throw new CheckFault(`no value set renders ${right}: the check of its spelling is empty`);
    files[`${wrong.replaceAll(/\W/g, '-')}.yaml`] = document.replace(right, wrong);
  }
  const { faults } = await validate(parts, files);
  const noticed = new Set(faults.map((fault) => basename(fault.filename)));
  const missed = Object.keys(files).filter((file) => !noticed.has(file));
  if (missed.length > 0) throw new CheckFault(`misspelling went unnoticed, the validation proves nothing: ${missed.join(', ')}`);
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
