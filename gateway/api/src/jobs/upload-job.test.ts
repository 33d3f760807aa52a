import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { StreamflixError } from '@streamflix/contracts';
import { CommitUnknown } from '@streamflix/infra/database';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TestGateway, testKey } from '../testkit/test-gateway.ts';

let gateway: TestGateway;
let address: string;
beforeEach(async () => {
  gateway = await TestGateway.open();
  address = await gateway.app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => gateway.close());

const sources = () => gateway.keys('tenants/');

async function upload(
  fields: [string, string | File][],
): Promise<{ status: number; headers: Headers; body: Record<string, never> }> {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  const answer = await fetch(`${address}/api/v1/jobs/upload`, { method: 'POST', headers: { 'x-api-key': testKey }, body: form });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, never> };
}

const video = (bytes: Uint8Array<ArrayBuffer> | string = 'not really a video', name = 'My holiday ä.mp4') =>
  new File([bytes], name, { type: 'video/mp4' });

async function expectRefusal(answer: Promise<{ status: number; body: Record<string, never> }>, status: number, code: string) {
  expect(await answer).toMatchObject({ status, body: { error: { code } } });
  expect(gateway.jobs.rows.size).toBe(0);
  expect(await sources()).toEqual([]);
}

test('a file becomes an object and a job, with the fields before and after it', async () => {
  const bytes = randomBytes(3 * 1024 * 1024);
  const { status, headers, body } = await upload([
    ['videoId', 'v1'],
    ['file', video(bytes)],
    ['priority', '10'],
    ['webhook_url', 'https://example.com/hook'],
    ['metadata', '{"title":"x"}'],
  ]);
  expect(status).toBe(202);
  expect(headers.get('location')).toBe(`/api/v1/jobs/${body.id}`);
  expect(body).toMatchObject({ videoId: 'v1', priority: 10, webhookUrl: 'https://example.com/hook', metadata: { title: 'x' } });
  expect(body).toMatchObject({
    filename: 'My holiday ä.mp4',
    contentType: 'video/mp4',
    source: { bucket: 'streamflix', sizeBytes: bytes.length },
  });
  const [key = ''] = await sources();
  expect(key).toMatch(/^tenants\/default\/videos\/v1\/source\/[0-9a-f-]{36}\/My_holiday_a_?\.mp4$/);
  expect(gateway.jobs.rows.get(String(body.id))?.checksumSha256).toBe(createHash('sha256').update(bytes).digest('hex'));
});

test('a video id after the file is taken too, and without one it is made', async () => {
  expect(
    (
      await upload([
        ['file', video()],
        ['videoId', 'late'],
      ])
    ).body,
  ).toMatchObject({ videoId: 'late' });
  expect((await upload([['file', video()]])).body).toMatchObject({ videoId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
});

test('the same video sent again does not touch the source of the earlier job', async () => {
  for (const text of ['one', 'two'])
    await upload([
      ['videoId', 'v1'],
      ['file', video(text, 'a.mp4')],
    ]);
  expect(await sources()).toHaveLength(2);
});

test('a text file named .mp4 and an empty file pass the door: the probe tells why not', async () => {
  expect((await upload([['file', video('hello')]])).status).toBe(202);
  expect((await upload([['file', video('')]])).status).toBe(202);
});

test.each([
  ['a zip archive', Buffer.concat([Buffer.from('PK\x03\x04\x14\0\0\0\0\0'), Buffer.alloc(60)])],
  [
    'a PNG picture',
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]),
      Buffer.from('IHDR'),
      Buffer.alloc(60),
    ]),
  ],
  ['a PDF', Buffer.from('%PDF-1.7\n')],
])('%s is refused at the door', async (_, bytes) => {
  await expectRefusal(upload([['file', video(bytes)]]), 415, 'UNSUPPORTED_MEDIA_TYPE');
});

test('a file beyond the limit is refused and not kept', async () => {
  await expectRefusal(upload([['file', video(randomBytes(5 * 1024 * 1024))]]), 413, 'PAYLOAD_TOO_LARGE');
});

test.each([
  [
    'a fault before the file',
    [
      ['priority', 'high'],
      ['file', video()],
    ],
  ],
  [
    'a fault after the file',
    [
      ['file', video()],
      ['priority', '11'],
    ],
  ],
  [
    'an unknown field',
    [
      ['file', video()],
      ['colour', 'red'],
    ],
  ],
  [
    'metadata that is no JSON',
    [
      ['file', video()],
      ['metadata', '{'],
    ],
  ],
  ['no file', [['videoId', 'v1']]],
  ['a file under another name', [['video', video()]]],
  [
    'two files',
    [
      ['file', video()],
      ['file', video()],
    ],
  ],
] as [string, [string, string | File][]][])('%s is refused and nothing is kept', async (_, fields) => {
  const { status, body } = await upload(fields);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(body).toMatchObject({ error: { code: expect.stringMatching(/^(VALIDATION_FAILED|PAYLOAD_TOO_LARGE)$/) } });
  expect(gateway.jobs.rows.size).toBe(0);
  expect(await sources()).toEqual([]);
});

test('without a database nothing is taken', async () => {
  gateway.jobs.failure = new StreamflixError('DATABASE_UNAVAILABLE');
  await expectRefusal(upload([['file', video()]]), 503, 'DATABASE_UNAVAILABLE');
});

test('the file of a job that may be there all the same stays, and that of one that cannot be does not', async () => {
  const submit = vi.spyOn(gateway.jobs, 'submit');
  submit.mockRejectedValueOnce(new StreamflixError('DATABASE_UNAVAILABLE'));
  await expectRefusal(upload([['file', video()]]), 503, 'DATABASE_UNAVAILABLE');
  submit.mockRejectedValueOnce(new CommitUnknown(new Error('the connection is gone')));
  expect(await upload([['file', video()]])).toMatchObject({ status: 503, body: { error: { code: 'DATABASE_UNAVAILABLE' } } });
  expect(await sources()).toHaveLength(1);
});

test('a body that is no form is refused', async () => {
  const answer = await gateway.call('POST', '/api/v1/jobs/upload', {});
  expect([answer.statusCode, answer.json().error.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
});

/** Sends the beginning of a form and then ends the connection or the body. */
function sendPart(end: 'cut' | 'end'): Promise<number | 'gone'> {
  return new Promise((resolve) => {
    const headers = { 'x-api-key': testKey, 'content-type': 'multipart/form-data; boundary=b', 'transfer-encoding': 'chunked' };
    const sending = request(`${address}/api/v1/jobs/upload`, { method: 'POST', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sending.on('error', () => resolve('gone'));
    sending.write('--b\r\ncontent-disposition: form-data; name="file"; filename="a.mp4"\r\ncontent-type: video/mp4\r\n\r\n');
    sending.write(randomBytes(1_000_000), () => (end === 'cut' ? sending.destroy() : sending.end()));
  });
}

test('a tenant that has its fill of unfinished jobs is refused before its file is taken', async () => {
  gateway.jobs.maxQueuedJobs = 0;
  const writes = vi.spyOn(gateway.storage, 'write');
  await expectRefusal(upload([['file', video(randomBytes(1_000))]]), 429, 'QUOTA_EXCEEDED');
  expect(writes).not.toHaveBeenCalled();
});

test('an upload cut in the middle leaves no object and no job', async () => {
  const writes = vi.spyOn(gateway.storage, 'write');
  expect(await sendPart('cut')).toBe('gone');
  await expect.poll(() => writes).toHaveBeenCalled();
  await expect(writes.mock.results[0]?.value).rejects.toThrow();
  expect(await sources()).toEqual([]);
  expect(gateway.jobs.rows.size).toBe(0);
});

test('a form that ends before its last boundary leaves no object and no job', async () => {
  expect(await sendPart('end')).toBe(400);
  expect(await sources()).toEqual([]);
  expect(gateway.jobs.rows.size).toBe(0);
});

const png = Buffer.concat([
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]),
  Buffer.from('IHDR'),
  Buffer.alloc(60),
]);
const thumbnail = (bytes: Uint8Array<ArrayBuffer> = png) => new File([bytes], '../poster.png', { type: 'image/png' });

test.each([
  ['before', ['thumbnail', 'file']],
  ['after', ['file', 'thumbnail']],
])('a thumbnail %s the video lies beside it, in a folder of its own', async (_, order) => {
  const files = { file: video(), thumbnail: thumbnail() };
  const { status, body } = await upload(order.map((name) => [name, files[name as 'file' | 'thumbnail']]));
  expect(status).toBe(202);
  const { posterKey } = gateway.jobs.rows.get(String(body.id)) ?? {};
  expect(posterKey).toMatch(new RegExp(`^tenants/default/videos/${String(body.videoId)}/source/[0-9a-f-]{36}/thumbnail$`));
  expect(await sources()).toHaveLength(2);
  expect(await buffer(await gateway.storage.read({ key: posterKey ?? '' }))).toEqual(png);
});

test('a thumbnail that is no picture is refused at the door, and its video is not kept', async () => {
  for (const bytes of [Buffer.from('<svg></svg>'), Buffer.from('GIF89a'), Buffer.alloc(0)]) {
    const fields: [string, File][] = [
      ['file', video()],
      ['thumbnail', thumbnail(bytes)],
    ];
    await expectRefusal(upload(fields), 415, 'UNSUPPORTED_MEDIA_TYPE');
    await expectRefusal(upload(fields.toReversed()), 415, 'UNSUPPORTED_MEDIA_TYPE');
  }
});

test('a thumbnail that is too large is refused, and nothing is kept', async () => {
  const large = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(5 * 1024 * 1024)]);
  const fields: [string, File][] = [
    ['file', video()],
    ['thumbnail', thumbnail(large)],
  ];
  await expectRefusal(upload(fields), 413, 'PAYLOAD_TOO_LARGE');
});

test('two thumbnails are refused, and so is one without a video', async () => {
  await expectRefusal(
    upload([
      ['thumbnail', thumbnail()],
      ['thumbnail', thumbnail()],
    ]),
    400,
    'VALIDATION_FAILED',
  );
  await expectRefusal(upload([['thumbnail', thumbnail()]]), 400, 'VALIDATION_FAILED');
});
