import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { completionOf } from './completion.ts';
import { createProgram } from './program.ts';

const output = { write: () => true };
const context = {
  env: {},
  folder: '/',
  stdout: output,
  stderr: output,
  stdin: process.stdin,
  interrupted: new AbortController().signal,
};
const program = createProgram(context, () => undefined);

/** What bash itself offers after this much of a command line. */
function offered(...line: string[]): string[] {
  const script = `${completionOf(program, 'bash')}
COMP_WORDS=(streamflix ${line.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${line.length}
_streamflix
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
}

test('bash completes commands, commands of commands, and options of each', () => {
  expect(offered('dea')).toEqual(['dead-letters']);
  expect(offered('dead-letters', '')).toEqual(['list', 'show', 'replay', 'park']);
  expect(offered('dead-letters', 'replay', '--s')).toEqual(['--signature']);
  expect(offered('submit', '--pri')).toEqual(['--priority']);
  expect(offered('submit-')).toEqual(['submit-batch']);
  expect(offered('jobs', '--created-')).toEqual(['--created-from', '--created-to']);
  expect(offered('delete', '--')).toContain('--yes');
  expect(offered('profiles', 'delete', '--')).not.toContain('--yes');
  expect(offered('jobs', '--state', 'failed', '--js')).toEqual(['--json']);
});

test('every shell is told every command', () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const script = completionOf(program, shell);
    for (const command of program.commands) expect(script).toContain(command.name());
  }
});

test('fish tells a command from one of the same name in a group', () => {
  const lines = completionOf(program, 'fish')
    .split('\n')
    .filter((line) => line.includes('-l cancel '));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("'__fish_seen_subcommand_from delete; and not __fish_seen_subcommand_from profiles'");
});
