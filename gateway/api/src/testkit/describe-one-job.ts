import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestGateway, testKey } from './test-gateway.ts';

/** What every store of jobs must answer about one job through the API; `open` gives a gateway without jobs. */
export function describeOneJob(where: string, open: () => Promise<TestGateway>): void {
  describe(`one job ${where}`, () => {
    let gateway: TestGateway;
    let url: string;
    const submit = () => gateway.call('POST', '/api/v1/jobs', { sourceKey: 'in/a.mp4', videoId: 'v1' });
    beforeEach(async () => {
      gateway = await open();
      await gateway.storage.write({ key: 'in/a.mp4' }, Buffer.from('a video'), { contentType: 'video/mp4' });
      url = `/api/v1/jobs/${(await submit()).json().id}`;
    });
    afterEach(() => gateway.close());

    const ask = (
      method: 'GET' | 'HEAD' | 'PATCH' | 'DELETE' | 'POST',
      headers: Record<string, string> = {},
      payload?: object,
      path = url,
    ) =>
      gateway.app.inject({
        method,
        url: path,
        headers: { 'x-api-key': testKey, ...headers },
        ...(payload === undefined ? {} : { payload }),
      });

    test('has a tag that is the same until something happens, and is not told again to whoever has it', async () => {
      const first = await ask('GET');
      const etag = String(first.headers.etag);
      expect(etag).toMatch(/^W\/"[^"]+"$/);
      expect((await ask('GET')).headers.etag).toBe(etag);
      for (const known of [etag, `"x", ${etag}`, etag.slice(2), '*']) {
        const again = await ask('GET', { 'if-none-match': known });
        expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', etag]);
      }
      await ask('PATCH', {}, { priority: 9 });
      const changed = await ask('GET', { 'if-none-match': etag });
      expect([changed.statusCode, changed.json().priority]).toEqual([200, 9]);
    });

    test('answers HEAD with the same headers and nothing else', async () => {
      const whole = await ask('GET');
      const head = await ask('HEAD');
      expect([head.statusCode, head.body]).toEqual([200, '']);
      for (const name of ['etag', 'content-type', 'content-length']) expect(head.headers[name]).toBe(whole.headers[name]);
      expect((await ask('HEAD', {}, undefined, '/api/v1/jobs/00000000-0000-4000-8000-000000000000')).statusCode).toBe(404);
    });

    test('is changed by whoever has seen it as it is, and not by whoever has not', async () => {
      const stale = String((await ask('GET')).headers.etag);
      expect((await ask('PATCH', { 'if-match': stale }, { priority: 9 })).statusCode).toBe(200);
      const refusals = [
        await ask('PATCH', { 'if-match': stale }, { priority: 1 }),
        await ask('DELETE', { 'if-match': stale }),
        await ask('DELETE', { 'if-match': stale }, undefined, `${url}?purge=true&cancel=true`),
      ];
      for (const refusal of refusals)
        expect([refusal.statusCode, refusal.json().error.code]).toEqual([412, 'PRECONDITION_FAILED']);
      expect((await ask('GET')).json()).toMatchObject({ priority: 9, state: 'pending' });
      expect((await ask('DELETE', { 'if-match': '*' })).statusCode).toBe(202);
      expect((await ask('POST', { 'if-match': stale }, {}, `${url}/retry`)).statusCode).toBe(412);
      const fresh = String((await ask('GET')).headers.etag);
      expect((await ask('POST', { 'if-match': fresh }, {}, `${url}/retry`)).statusCode).toBe(202);
    });

    test('tells its steps in pages, oldest first, with who and why', async () => {
      await ask('PATCH', {}, { priority: 9 });
      await ask('DELETE');
      await ask('POST', {}, {}, `${url}/retry`);
      const whole = (await ask('GET', {}, undefined, `${url}/history`)).json();
      const ofJob = whole.items.filter(({ subject }: { subject: string }) => subject === 'job');
      expect(ofJob.map(({ from, to }: { from: string; to: string }) => [from, to])).toEqual([
        ['pending', 'pending'],
        ['pending', 'cancelled'],
        ['cancelled', 'retrying'],
      ]);
      expect(ofJob[0].who).toMatch(/^key:/);
      const paged = [];
      for (let cursor = ''; ; ) {
        const page = (await ask('GET', {}, undefined, `${url}/history?limit=1${cursor}`)).json();
        paged.push(...page.items);
        if (page.nextCursor === null) break;
        cursor = `&cursor=${page.nextCursor}`;
      }
      expect(paged).toEqual(whole.items);
      expect((await ask('GET', {}, undefined, `${url}/history?cursor=x`)).statusCode).toBe(400);
      expect((await ask('GET', {}, undefined, '/api/v1/jobs/nonsense/history')).statusCode).toBe(404);
    });

    test('is deleted when it has ended, or when it is to be cancelled first; then it is gone and stays gone', async () => {
      const live = await ask('DELETE', {}, undefined, `${url}?purge=true`);
      expect([live.statusCode, live.json().error]).toMatchObject([409, { code: 'CONFLICT', details: { state: 'pending' } }]);
      const gone = await ask('DELETE', {}, undefined, `${url}?purge=true&cancel=true`);
      expect([gone.statusCode, gone.body]).toEqual([204, '']);
      for (const answer of [
        await ask('GET'),
        await ask('GET', {}, undefined, `${url}/history`),
        await ask('PATCH', {}, { priority: 1 }),
        await ask('DELETE'),
        await ask('DELETE', {}, undefined, `${url}?purge=true`),
        await ask('POST', {}, {}, `${url}/retry`),
      ])
        expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'NOT_FOUND']);
      expect((await ask('GET', {}, undefined, '/api/v1/jobs')).json().items).toEqual([]);
      const again = await submit();
      expect([again.statusCode, again.json().error.code]).toEqual([409, 'CONFLICT']);
    });
  });
}
