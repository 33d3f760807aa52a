import type { Command } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];
export const isShell = (name: string): name is Shell => (shells as readonly string[]).includes(name);

interface Word {
  text: string;
  about: string;
}

interface Level {
  /** The commands before, as `dead-letters list`; empty for the program itself. */
  path: string;
  commands: Word[];
  options: Word[];
}

/** What may follow at each level of the command line. */
function levelsOf(command: Command, path: readonly string[] = []): Level[] {
  const commands = command.commands.map((each) => ({ text: each.name(), about: each.description() }));
  const options = [...command.options, { long: '--help', description: 'display help' }].flatMap(({ long, description }) =>
    long === undefined || long === null ? [] : [{ text: long, about: description }],
  );
  const own = { path: path.join(' '), commands, options };
  return [own, ...command.commands.flatMap((each) => levelsOf(each, [...path, each.name()]))];
}

const words = (list: Word[]): string => list.map(({ text }) => text).join(' ');
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Finds the level the cursor is at, then offers its commands and options; else files. */
const bash = (name: string, levels: Level[]): string => `_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} path= word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${levels.flatMap(({ path }) => (path === '' ? [] : [quoted(path)])).join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  local commands= options=
  case "$path" in
${levels.map(({ path, commands, options }) => `    ${quoted(path)}) commands=${quoted(words(commands))} options=${quoted(words(options))} ;;`).join('\n')}
  esac
  if [[ $current == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ -n $commands ]]; then COMPREPLY=($(compgen -W "$commands" -- "$current"))
  else COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _${name} ${name}
`;

const zsh = (name: string, levels: Level[]): string => `#compdef ${name}
_${name}() {
  local at= word
  for word in "\${words[@]:1:CURRENT-2}"; do
    case "\${at:+$at }$word" in
      ${levels.flatMap(({ path }) => (path === '' ? [] : [quoted(path)])).join('|')}) at="\${at:+$at }$word" ;;
    esac
  done
  local -a commands options
  case "$at" in
${levels
  .map(({ path, commands, options }) => {
    const described = (list: Word[]) =>
      list.map(({ text, about }) => quoted(`${text}:${about.replaceAll(':', '\\:')}`)).join(' ');
    return `    ${quoted(path)}) commands=(${described(commands)}) options=(${described(options)}) ;;`;
  })
  .join('\n')}
  esac
  if [[ $words[CURRENT] == -* ]]; then _describe option options
  elif (( \${#commands} )); then _describe command commands
  else _files; fi
}
compdef _${name} ${name}
`;

const fish = (name: string, levels: Level[]): string =>
  levels
    .flatMap(({ path, commands, options }) => {
      const seen = path === '' ? [] : path.split(' ');
      // fish asks for words anywhere: `delete` is a command, and one of `profiles` too.
      const namesakes =
        seen.length === 1 ? levels.filter((level) => level.path !== '' && level.commands.some(({ text }) => text === path)) : [];
      const after = [
        ...seen.map((word) => `__fish_seen_subcommand_from ${word}`),
        ...namesakes.map((group) => `not __fish_seen_subcommand_from ${group.path}`),
        ...(commands.length > 0 ? [`not __fish_seen_subcommand_from ${words(commands)}`] : []),
      ].join('; and ');
      const condition = after === '' ? '' : ` -n ${quoted(after)}`;
      return [
        ...commands.map(({ text, about }) => `complete -c ${name} -f${condition} -a ${text} -d ${quoted(about)}`),
        ...options.map(({ text, about }) => `complete -c ${name}${condition} -l ${text.replace(/^--/, '')} -d ${quoted(about)}`),
      ];
    })
    .join('\n')
    .concat('\n');

const scripts = { bash, zsh, fish };

/** A script that completes the commands and options of the program, made of the program itself. */
export const completionOf = (program: Command, shell: Shell): string => scripts[shell](program.name(), levelsOf(program));
