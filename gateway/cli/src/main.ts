#!/usr/bin/env node
import { CommanderError } from 'commander';
import { exitCodeOf, exitCodes, RefusedError } from './exit-codes.ts';
import { createProgram } from './program.ts';

const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort(new Error('interrupted')));
process.once('SIGTERM', () => interruption.abort(new Error('interrupted')));

// Whoever reads may have seen enough: `streamflix jobs | head` is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

// npm runs scripts in the package's folder; the caller means the one they stood in.
const { env } = process;
const folder = env.npm_lifecycle_event === 'streamflix' ? (env.INIT_CWD ?? process.cwd()) : process.cwd();

const context = {
  env,
  folder,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  interrupted: interruption.signal,
};

try {
  await createProgram(context, (exitCode) => {
    process.exitCode = exitCode;
  }).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = exitCodeOf(error);
  else if (interruption.signal.aborted) process.exitCode = exitCodes.interrupted;
  else {
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(`streamflix: ${error instanceof RefusedError ? `${error.code}: ${text}` : text}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
