import { join } from 'node:path';
import { checkChart } from './check/chart.ts';
import { checkDockerfile } from './check/dockerfile.ts';
import { checkEnvironment } from './check/environment.ts';
import { buildKubeSchemas } from './check/kube-schemas.ts';
import { CheckFault, installGoTool, repository, say } from './check/tools.ts';

/** Everything that can be known about the chart, the image and the workflows without a cluster and without an engine. */
async function main(): Promise<void> {
  const kubeconform = await installGoTool('github.com/yannh/kubeconform/cmd/kubeconform', 'v0.8.0');
  const helm = await installGoTool('helm.sh/helm/v3/cmd/helm', 'v3.22.0');
  const actionlint = await installGoTool('github.com/rhysd/actionlint/cmd/actionlint', 'v1.7.12');
  const chart = join(repository, 'helm/streamflix');

  await checkChart({ helm, kubeconform, chart, schemas: await buildKubeSchemas(helm), valuesDir: join(repository, 'helm/ci') });
  await checkDockerfile({ actionlint });
  await checkEnvironment({ helm, chart });
  say('helm: all good');
}

try {
  await main();
} catch (error) {
  if (!(error instanceof CheckFault)) throw error;
  process.stderr.write(`helm: ${error.message}\n`);
  process.exitCode = 1;
}
