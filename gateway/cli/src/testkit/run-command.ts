import { tmpdir } from 'node:os';
import { PassThrough } from 'node:stream';
import { exitCodeOf } from '../exit-codes.ts';
import { createProgram } from '../program.ts';
import { type Answer, type StubGateway, startStubGateway } from './stub-gateway.ts';

export interface Outcome {
  code: number | undefined;
  stdout: string;
  stderr: string;
  gateway: StubGateway;
}

export interface Circumstances {
  routes?: Record<string, Answer[]>;
  folder?: string;
  /** What is typed or piped in; typed where stdin is a terminal. */
  input?: string;
  isTerminal?: boolean;
  /** Whose abort is Ctrl-C. */
  interruption?: AbortController;
}

/** A command in this process, against a gateway of prepared answers that is gone when it has ended. */
export async function runCommand(circumstances: Circumstances, ...args: string[]): Promise<Outcome> {
  const { routes = {}, folder = tmpdir(), input = '', isTerminal = false, interruption = new AbortController() } = circumstances;
  const gateway = await startStubGateway(routes);
  const stdin = Object.assign(new PassThrough(), { isTTY: isTerminal }) as unknown as NodeJS.ReadStream & PassThrough;
  stdin.end(input);
  const outcome: Outcome = { code: undefined, stdout: '', stderr: '', gateway };
  const context = {
    env: { GATEWAY_URL: gateway.url, API_KEY: 'k' },
    folder,
    stdin,
    stdout: { write: (text: string) => (outcome.stdout += text) },
    stderr: { write: (text: string) => (outcome.stderr += text) },
    interrupted: interruption.signal,
  };
  const program = createProgram(context, (exitCode) => {
    outcome.code = exitCode;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    outcome.code = exitCodeOf(error);
    outcome.stderr += (error as Error).message;
  } finally {
    await gateway.close();
  }
  return outcome;
}
