import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../../infra/src/config/index.ts';
import { CheckFault, mustRun, repository, say } from './tools.ts';

/** The chart and the processes agree: the variables are ones they read, the values ones they accept, the commands files they have. */
export async function checkEnvironment(parts: { helm: string; chart: string }): Promise<void> {
  const schema: { properties: Record<'config' | 'credentials', { properties: object }> } = JSON.parse(
    await readFile(join(parts.chart, 'values.schema.json'), 'utf8'),
  );
  const given = await renderedEnvironment(parts, 'everything-values.yaml');
  const known = await readFile(join(repository, 'infra/src/config/config.ts'), 'utf8');
  const names = [schema.properties.config, schema.properties.credentials].flatMap((part) => Object.keys(part.properties));
  const strangers = new Set([...names, ...Object.keys(given)].filter((name) => !new RegExp(`^ +${name}: `, 'm').test(known)));
  if (strangers.size > 0) throw new CheckFault(`no process reads ${[...strangers].join(', ')}: infra/src/config/config.ts`);

  for (const environment of [given, await renderedEnvironment(parts, 'defaults-values.yaml')]) {
    const { health, gateway } = loadConfig(environment);
    if (health.host !== '0.0.0.0' || gateway.host !== '0.0.0.0') {
      throw new CheckFault('what comes from outside the pod would meet a closed port: HEALTH_HOST, GATEWAY_HOST');
    }
  }

  for (const command of await commandsOf(parts)) {
    await access(join(repository, command)).catch((cause) => {
      throw new CheckFault(`the chart starts ${command}, which is not there`, { cause });
    });
  }
  say(`helm: ${Object.keys(given).length} variables are read and accepted by the processes`);
}

async function renderedEnvironment(parts: { helm: string; chart: string }, file: string): Promise<Record<string, string>> {
  const show = ['--values', join(repository, 'helm/ci', file), '--show-only'];
  const config = await mustRun(parts.helm, ['template', 'release', parts.chart, ...show, 'templates/config.yaml']);
  const secret = await mustRun(parts.helm, ['template', 'release', parts.chart, ...show, 'templates/secret.yaml']);
  const decoded = Object.entries(dataOf(secret)).map(([name, value]) => [name, Buffer.from(value, 'base64').toString()]);
  return { ...dataOf(config), ...Object.fromEntries(decoded) };
}

function dataOf(manifest: string): Record<string, string> {
  return Object.fromEntries(
    [...manifest.matchAll(/^ {2}([A-Z][A-Z0-9_]+): "?(.*?)"?$/gm)].map(([, name, value]) => [name, value]),
  );
}

/** The scripts that the chart's defaults start, setup included. */
async function commandsOf(parts: { helm: string; chart: string }): Promise<string[]> {
  const rendered = await mustRun(parts.helm, ['template', 'release', parts.chart]);
  const commands = [...rendered.matchAll(/^ +args: (\[.*\])$/gm)].map(([, args]): string[] => JSON.parse(args ?? '[]'));
  if (commands.length < 8) throw new CheckFault(`eight processes were expected in the chart, ${commands.length} found`);
  return commands.map((command) => command.at(-1) ?? '');
}
