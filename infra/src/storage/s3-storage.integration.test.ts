import { CreateMultipartUploadCommand, ListMultipartUploadsCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { openS3Storage } from './s3-storage.ts';
import { describeStorage } from './testkit/conformance.ts';

const env = process.env;
const config = {
  endpoint: env.S3_ENDPOINT,
  bucket: 'storage-conformance',
  region: env.AWS_REGION ?? 'us-east-1',
  accessKeyId: env.AWS_ACCESS_KEY_ID,
  secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
};

describeStorage('the S3 store', async () => {
  const storage = openS3Storage(config);
  const { endpoint, region, accessKeyId = '', secretAccessKey = '' } = config;
  const client = new S3Client({
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    ...(endpoint && { endpoint }),
  });
  return {
    storage,
    listLeftovers: async () => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: config.bucket }));
      return Uploads.map(({ Key }) => Key ?? '');
    },
    abandonUpload: async (key) => {
      const target = { Bucket: config.bucket, Key: key };
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
      await client.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: Buffer.from('half') }));
    },
    close: async () => {
      client.destroy();
      await storage.close();
    },
  };
});

test('a presigned URL reads the object without credentials, and a changed one does not', async () => {
  const storage = openS3Storage(config);
  await storage.ensureBucket();
  await storage.write({ key: 'presigned/x' }, Buffer.from('hello'));
  const url = await storage.presignRead({ key: 'presigned/x' }, 60);
  expect(await (await fetch(url)).text()).toBe('hello');
  expect((await fetch(url.replace('presigned/x', 'presigned/y'))).status).toBe(403);
  await storage.close();
});

test('a store that does not answer is STORE_UNAVAILABLE, soon', async () => {
  const storage = openS3Storage({ ...config, endpoint: 'http://127.0.0.1:9' });
  const unavailable = { code: 'STORE_UNAVAILABLE' };
  await expect(storage.check()).rejects.toMatchObject(unavailable);
  await expect(storage.head({ key: 'x' })).rejects.toMatchObject(unavailable);
  await expect(storage.read({ key: 'x' })).rejects.toMatchObject(unavailable);
  await expect(storage.write({ key: 'x' }, Buffer.from('x'))).rejects.toMatchObject(unavailable);
});

test('credentials the store does not know are a fault of the platform, not of the source', async () => {
  const storage = openS3Storage({ ...config, secretAccessKey: 'not-the-secret' });
  await expect(storage.head({ key: 'x' })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

test('a write into a bucket that is not there is a fault of the store, not of a source', async () => {
  const storage = openS3Storage({ ...config, bucket: 'not-made-yet' });
  await expect(storage.write({ key: 'x' }, Buffer.from('x'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});
