import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { UsageError } from '../exit-codes.ts';
import type { NamedProfile, ProfileClient } from '../profile-client.ts';
import { printable, table } from '../text-table.ts';
import { asJson, type Output, print } from './output.ts';

interface Reader {
  client: { profiles: ProfileClient };
  folder: string;
  stdout: { write(text: string): unknown };
}

const versionOf = ({ version }: NamedProfile): string => (version === 0 ? "the platform's" : `version ${version}`);

const describeRow = (named: NamedProfile): string[] => {
  const { rungs, codecs, description } = named.profile;
  const sides = rungs.map(({ shortSide }) => shortSide).toSorted((a, b) => b - a);
  return [named.name, versionOf(named), codecs.map(({ codec }) => codec).join(', '), sides.join(' '), printable(description)];
};

async function list(options: Output, reader: Reader): Promise<number> {
  const profiles = await reader.client.profiles.list();
  return print(reader, options, profiles, table(['name', 'version', 'codecs', 'rungs', ''], profiles.items.map(describeRow)));
}

async function show(name: string, options: Output, reader: Reader): Promise<number> {
  const named = await reader.client.profiles.get(name);
  return print(reader, options, named, `${name}, ${versionOf(named)}\n${JSON.stringify(named.profile, null, 2)}`);
}

async function put(name: string, file: string, options: Output, reader: Reader): Promise<number> {
  const document = await readFile(resolve(reader.folder, file), 'utf8').catch((error: Error) => {
    throw new UsageError(`${file} cannot be read: ${error.message}`);
  });
  const named = await reader.client.profiles.put(name, document);
  return print(reader, options, named, `${name} is written, ${versionOf(named)}.`);
}

async function remove(name: string, reader: Reader): Promise<number> {
  await reader.client.profiles.delete(name);
  return print(reader, {}, null, `${name} is deleted.`);
}

/** `streamflix profiles ...` */
export function profileCommands(reader: () => Reader, onDone: (exitCode: number) => void): Command {
  const group = new Command('profiles').description('what may be made of a video');
  group
    .command('list')
    .description("list the platform's profiles and your own")
    .option('--json', asJson)
    .action(async (options) => onDone(await list(options, reader())));
  group
    .command('show')
    .argument('<name>')
    .description('show one, with everything it leaves to the defaults')
    .option('--json', asJson)
    .action(async (name, options) => onDone(await show(name, options, reader())));
  group
    .command('put')
    .argument('<name>')
    .argument('<file>', 'a JSON document')
    .description('write a profile of your own')
    .option('--json', asJson)
    .action(async (name, file, options) => onDone(await put(name, file, options, reader())));
  group
    .command('delete')
    .argument('<name>')
    .description('delete a profile of your own')
    .action(async (name) => onDone(await remove(name, reader())));
  return group;
}
