import { parseArgs } from 'node:util';
import { loadConfig } from '@streamflix/infra/config';
import { catchInterrupts, supervise } from '@streamflix/infra/local';
import { openStorage } from '@streamflix/infra/storage';
import { withTestStack } from '../run/test-stack.ts';
import { type UploadsReport, uploadMany } from './upload-many.ts';

const help = `Many uploads at once to one gateway: whether all are bit-exact, and how much memory it took.

  npm run uploads                                  100 files of 50 MB
  npm run uploads -- --count 200 --megabytes 20

  --json    the report as one JSON document

It starts servers of its own and stops them again. Ends with 1 when a byte differs or the gateway took 300 MB or more.
`;

const allowedBytes = 300_000_000;

async function measure(count: number, sizeBytes: number): Promise<UploadsReport> {
  const { signal } = catchInterrupts(() => process.exit(130));
  return withTestStack(async (env) => {
    const platform = await supervise({ names: ['gateway'], env: { ...process.env, ...env } });
    const storage = openStorage(loadConfig({ ...process.env, ...env }).storage);
    try {
      await platform.ready;
      const { GATEWAY_URL: url = '', API_KEY: apiKey = '' } = env;
      return await uploadMany({ url, apiKey, pid: platform.pidOf('gateway') ?? 0 }, storage, { name: 'many', count, sizeBytes });
    } finally {
      await platform.stop();
      await storage.close();
    }
  }, signal);
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    megabytes: { type: 'string', default: '50' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(help);
else {
  const report = await measure(Number(values.count), Number(values.megabytes) * 1_000_000);
  const { uploads, sizeBytes, seconds, peakMemoryBytes, faults } = report;
  const rate = (uploads * sizeBytes) / 1e6 / seconds;
  if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else {
    for (const fault of faults) process.stdout.write(`${fault}\n`);
    process.stdout.write(
      `${uploads} uploads of ${sizeBytes / 1e6} MB at once: ${uploads - faults.length} bit-exact, ${seconds.toFixed(0)} s (${rate.toFixed(0)} MB/s), gateway ${(peakMemoryBytes / 1e6).toFixed(0)} MB at its peak\n`,
    );
  }
  process.exitCode = faults.length > 0 || peakMemoryBytes >= allowedBytes ? 1 : 0;
}
