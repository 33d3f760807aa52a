import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, lastLines } from '../files.ts';
import { installGoModule, s3GatewayModule } from '../install/go.ts';
import { logFile } from '../server-process.ts';
import { type LocalServer, loopback, type ServerContext } from './local-server.ts';

export const s3Region = 'us-east-1';

export function s3Server({ paths, settings, bucket }: ServerContext): LocalServer {
  const port = settings.ports.s3;
  const { s3AccessKey, s3SecretKey } = settings.secrets;

  return {
    name: 's3',
    port,
    stopSignal: 'SIGTERM',
    install: async (step) => {
      await installGoModule(s3GatewayModule, step);
    },
    prepare: async (step) => {
      const buckets = join(paths.data, 's3');
      const sidecar = join(paths.data, 'object-attributes');
      await mkdir(buckets, { recursive: true });
      // It keeps metadata in extended attributes; where the file system has none its first start says so and ends.
      const withoutAttributes = (await exists(sidecar)) || /xattr/.test(await lastLines(logFile(paths, 's3'), 5));
      if (withoutAttributes) await mkdir(sidecar, { recursive: true });
      return {
        file: await installGoModule(s3GatewayModule, step),
        args: [
          '--port',
          `${loopback}:${port}`,
          '--quiet',
          'posix',
          ...(withoutAttributes ? ['--sidecar', sidecar] : []),
          buckets,
        ],
        // In the environment, not among the arguments, which everyone on the machine can read.
        env: { ROOT_ACCESS_KEY: s3AccessKey, ROOT_SECRET_KEY: s3SecretKey, VGW_REGION: s3Region },
      };
    },
    probe: async () => {
      // Unsigned, so it is refused; the refusal is an answer of the S3 protocol.
      const answer = await fetch(`http://${loopback}:${port}/`, { signal: AbortSignal.timeout(2_000) });
      if (answer.status >= 500) throw new Error(`it answers ${answer.status}`);
    },
    settle: async () => {
      const { CreateBucketCommand, HeadBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
      const client = new S3Client({
        endpoint: `http://${loopback}:${port}`,
        region: s3Region,
        forcePathStyle: true,
        credentials: { accessKeyId: s3AccessKey, secretAccessKey: s3SecretKey },
      });
      try {
        await client.send(new HeadBucketCommand({ Bucket: bucket }));
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'NotFound') throw error;
        await client.send(new CreateBucketCommand({ Bucket: bucket }));
      } finally {
        client.destroy();
      }
    },
  };
}
