import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../../infra/src/config/index.ts';
import { CheckFault, mustRun, repository, say } from './tools.ts';

type Values = {
  config: object;
  credentials: object;
  processes: Record<string, { command: string[] }>;
  setup: { command: string[] };
};

/** The chart and the processes agree: the variables are ones they read, the values ones they accept, the commands files they have. */
export async function checkEnvironment(parts: { helm: string; chart: string }): Promise<void> {
  const schema: { properties: Record<'config' | 'credentials', { properties: object }> } = JSON.parse(
    await readFile(join(parts.chart, 'values.schema.json'), 'utf8'),
  );
  const given = await renderedEnvironment(parts);
  const known = await readFile(join(repository, 'infra/src/config/config.ts'), 'utf8');
  const names = [schema.properties.config, schema.properties.credentials].flatMap((part) => Object.keys(part.properties));
  const strangers = new Set([...names, ...Object.keys(given)].filter((name) => !new RegExp(`^ +${name}: `, 'm').test(known)));
  if (strangers.size > 0) throw new CheckFault(`no process reads ${[...strangers].join(', ')}: infra/src/config/config.ts`);

  const config = loadConfig(given);
  if (config.health.host !== '0.0.0.0') throw new CheckFault('probes from outside the pod would meet a closed port: HEALTH_HOST');

  for (const command of await commandsOf(parts)) {
    await access(join(repository, command)).catch((cause) => {
      throw new CheckFault(`the chart starts ${command}, which is not there`, { cause });
    });
  }
  say(`helm: ${Object.keys(given).length} variables are read and accepted by the processes`);
}

async function renderedEnvironment(parts: { helm: string; chart: string }): Promise<Record<string, string>> {
  const values = join(repository, 'helm/ci/everything-values.yaml');
  const show = ['--values', values, '--show-only'];
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
  const commands = [...rendered.matchAll(/^ +args: (\[.*\])$/gm)].map(([, args]): Values['setup']['command'] =>
    JSON.parse(args ?? '[]'),
  );
  if (commands.length < 8) throw new CheckFault(`eight processes were expected in the chart, ${commands.length} found`);
  return commands.map((command) => command.at(-1) ?? '');
}
