/** CI: docker-compose.yml resolves as the Compose Specification says, and keeps what resolving does not check. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ComposeModel, findComposeFaults } from './compose-faults.ts';
import { composeCheckModule, installGoModule, s3GatewayModule } from './install/go.ts';
import { kafkaVersion, registryVersion } from './install/maven.ts';
import { cacheDir, projectRoot } from './paths.ts';
import { runCommand } from './run-command.ts';

async function main(): Promise<number> {
  const checker = await installGoModule(composeCheckModule, { say: console.log });
  const file = join(projectRoot, 'docker-compose.yml');
  const output = join(cacheDir, 'logs', 'compose-model.json');
  await runCommand(checker, ['-format', 'json', file], { cwd: projectRoot, logFile: output });
  const model = JSON.parse(await readFile(output, 'utf8')) as ComposeModel;
  const pinned = { kafka: kafkaVersion, registry: registryVersion, s3: s3GatewayModule.version };
  const faults = findComposeFaults(model, pinned);
  for (const fault of faults) console.error(`docker-compose.yml: ${fault}`);
  if (faults.length === 0) console.log(`docker-compose.yml: ${Object.keys(model.services ?? {}).length} services, all good`);
  return faults.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
