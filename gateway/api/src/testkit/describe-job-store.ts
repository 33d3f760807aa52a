import { afterEach, describe, expect, test } from 'vitest';
import type { TestGateway } from './test-gateway.ts';

/** What every store of jobs must answer through the API; `open` gives a gateway without jobs. */
export function describeJobStore(where: string, open: (maxQueuedJobs?: number) => Promise<TestGateway>): void {
  describe(`jobs ${where}`, () => {
    let gateway: TestGateway;
    afterEach(() => gateway.close());

    const start = async (maxQueuedJobs?: number): Promise<void> => {
      gateway = await open(maxQueuedJobs);
      await gateway.storage.write({ key: 'in/a.mp4' }, Buffer.from('a video'), { contentType: 'video/mp4' });
    };
    const submit = (videoId: string) => gateway.call('POST', '/api/v1/jobs', { sourceKey: 'in/a.mp4', videoId });

    test('get another priority until they have ended', async () => {
      await start();
      const { id } = (await submit('v1')).json();
      const url = `/api/v1/jobs/${id}`;
      const changed = await gateway.call('PATCH', url, { priority: 10 });
      expect([changed.statusCode, changed.json().priority]).toEqual([200, 10]);
      expect((await gateway.call('GET', url)).json().priority).toBe(10);
      for (const body of [{}, { priority: 11 }, { priority: 3, state: 'completed' }]) {
        expect((await gateway.call('PATCH', url, body)).json().error.code).toBe('VALIDATION_FAILED');
      }
      const strangers = ['00000000-0000-4000-8000-000000000000', 'nonsense'];
      for (const stranger of strangers) {
        const answer = await gateway.call('PATCH', `/api/v1/jobs/${stranger}`, { priority: 1 });
        expect(answer.json().error.code).toBe('NOT_FOUND');
      }
      await gateway.call('DELETE', url);
      const late = await gateway.call('PATCH', url, { priority: 1 });
      expect([late.statusCode, late.json().error.code]).toEqual([409, 'CONFLICT']);
    });

    test('are refused with the reason when the tenant has its fill, and those it has are found all the same', async () => {
      await start(2);
      const first = (await submit('v1')).json();
      expect((await submit('v2')).statusCode).toBe(202);
      const refused = await submit('v3');
      expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '5']);
      expect(refused.json().error).toEqual({
        code: 'QUOTA_EXCEEDED',
        message: 'The tenant has 2 unfinished jobs and may have 2.',
        details: { unfinishedJobs: 2, maxQueuedJobs: 2 },
      });
      expect((await submit('v1')).json().id).toBe(first.id);
      await gateway.call('DELETE', `/api/v1/jobs/${first.id}`);
      expect((await submit('v3')).statusCode).toBe(202);
    });
  });
}
