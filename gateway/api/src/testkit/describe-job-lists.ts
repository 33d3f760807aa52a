import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TestGateway } from './test-gateway.ts';

interface Page {
  items: { id: string; videoId: string; priority: number; createdAt: string; updatedAt: string }[];
  nextCursor: string | null;
  next: string | null;
  total: { count: number; isExact: boolean } | null;
}

/** What every store of jobs must answer to lists through the API; `open` gives a gateway without jobs. */
export function describeJobLists(where: string, open: () => Promise<TestGateway>): void {
  describe(`lists of jobs ${where}`, () => {
    let gateway: TestGateway;
    let made = 0;
    beforeEach(async () => {
      gateway = await open();
      await gateway.storage.write({ key: 'in/a.mp4' }, Buffer.from('a video'), { contentType: 'video/mp4' });
    });
    afterEach(() => gateway.close());

    const submit = async (fields: object = {}): Promise<string> => {
      made += 1;
      const body = { sourceKey: 'in/a.mp4', videoId: `video-${made}`, ...fields };
      const answer = await gateway.call('POST', '/api/v1/jobs', body);
      expect(answer.statusCode).toBe(202);
      return answer.json().id;
    };
    const get = async (path: string): Promise<Page> => {
      const answer = await gateway.call('GET', path);
      expect([answer.statusCode, answer.statusCode === 200 ? '' : answer.body]).toEqual([200, '']);
      return answer.json();
    };
    const list = (query: string): Promise<Page> => get(`/api/v1/jobs?${query}`);
    const idsOf = async (query: string): Promise<string[]> => (await list(query)).items.map(({ id }) => id);

    /** Follows `next` to the end; `between` is done after each page. */
    async function walk(query: string, between: () => Promise<unknown> = async () => undefined): Promise<string[]> {
      const seen: string[] = [];
      for (let path: string | null = `/api/v1/jobs?${query}`; path !== null; await between()) {
        const page: Page = await get(path);
        seen.push(...page.items.map(({ id }) => id));
        path = page.next;
      }
      return seen;
    }

    test('are filtered by each of their fields, and by several at once', async () => {
      const plain = await submit({ metadata: { team: 'news' } });
      const other = await submit({ profile: 'default', metadata: { team: 'news', show: 'a=b "c" \\ ü' } });
      expect(await idsOf('profile=default')).toEqual([other]);
      expect(await idsOf('metadata=team%3Dnews')).toEqual([other, plain]);
      expect(await idsOf(`metadata=team%3Dnews&metadata=${encodeURIComponent('show=a=b "c" \\ ü')}`)).toEqual([other]);
      expect(await idsOf('metadata=team%3Dnew')).toEqual([]);
      expect(await idsOf('metadata=team%3Dnews&state=pending&order=asc')).toEqual([plain, other]);
      expect(await idsOf('metadata=team%3Dnews&state=completed')).toEqual([]);
      const { createdAt } = (await gateway.call('GET', `/api/v1/jobs/${other}`)).json();
      expect(await idsOf(`createdFrom=${createdAt}`)).toContain(other);
      expect(await idsOf(`createdTo=${createdAt}`)).not.toContain(other);
      expect(await idsOf(`metadata=team%3Dnews&createdTo=${createdAt}`)).not.toContain(other);
    });

    test('are counted where that is asked for, whatever page it is', async () => {
      for (let index = 0; index < 3; index += 1) await submit({ metadata: { odd: String(index % 2) } });
      expect((await list('limit=1')).total).toBeNull();
      expect((await list('limit=1&total=true&offset=1')).total).toEqual({ count: 3, isExact: true });
      expect((await list('limit=1&total=true&metadata=odd%3D0')).total).toEqual({ count: 2, isExact: true });
    });

    test('name their next page in the body and in the header, and the last has none', async () => {
      for (let index = 0; index < 3; index += 1) await submit();
      const first = await gateway.call('GET', '/api/v1/jobs?limit=2&offset=0&state=pending');
      const { next, nextCursor } = first.json();
      expect(first.headers.link).toBe(`<${next}>; rel="next"`);
      expect(next).toContain(`cursor=${nextCursor}`);
      const last = await gateway.call('GET', next);
      expect([last.json().items.length, last.json().next, last.headers.link]).toEqual([1, null, undefined]);
    });

    test('leave out as many as the offset says', async () => {
      const ids = [await submit(), await submit(), await submit()].reverse();
      expect(await idsOf('offset=1&limit=1')).toEqual([ids[1]]);
      expect(await idsOf('offset=3')).toEqual([]);
    });

    test.each(['createdAt', 'updatedAt', 'priority'])('sorted by %s are walked from either end, each job once', async (sort) => {
      const priorities = [5, 10, 1, 5, 5, 10, 3];
      const ids: string[] = [];
      for (const priority of priorities) ids.push(await submit({ priority }));
      await gateway.call('DELETE', `/api/v1/jobs/${ids[2]}`);
      const { items } = await list(`sort=${sort}&order=desc`);
      const keys = items.map((job) => `${String(job.priority).padStart(sort === 'priority' ? 2 : 0)}`);
      if (sort === 'priority') expect(keys).toEqual([...keys].sort().reverse());
      else
        expect(items.map((job) => job[sort as 'createdAt'])).toEqual(
          items
            .map((job) => job[sort as 'createdAt'])
            .sort()
            .reverse(),
        );
      const whole = items.map(({ id }) => id);
      expect(whole.toSorted()).toEqual(ids.toSorted());
      for (const limit of [1, 2, 3]) {
        expect(await walk(`sort=${sort}&order=desc&limit=${limit}`)).toEqual(whole);
        expect(await walk(`sort=${sort}&order=asc&limit=${limit}`)).toEqual(whole.toReversed());
      }
    });

    test('walked by pages of any size are what they were when the walk began, whatever is made meanwhile', async () => {
      for (let index = 0; index < 5; index += 1) await submit({ metadata: { of: 'all' } });
      const query = fc.constantFrom('', 'state=pending&', 'metadata=of%3Dall&');
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 4 }), query, fc.integer({ min: 0, max: 2 }), async (limit, filter, more) => {
          const before = await idsOf(`${filter}limit=200`);
          const makeMore = async (): Promise<void> => {
            for (let index = 0; index < more; index += 1) await submit({ metadata: { of: 'all' } });
          };
          const onePage = before.length / limit > 12 ? 50 : limit;
          expect(await walk(`${filter}limit=${onePage}`, makeMore)).toEqual(before);
        }),
        { numRuns: 6 },
      );
    });

    test('refuse a cursor that no list of theirs gave', async () => {
      for (let index = 0; index < 2; index += 1) await submit();
      const { nextCursor } = await list('limit=1');
      const forged = (place: unknown) => Buffer.from(JSON.stringify(place)).toString('base64url');
      const id = '00000000-0000-4000-8000-000000000000';
      const bad = [
        `cursor=${nextCursor}&order=asc`,
        `cursor=${nextCursor}&sort=priority`,
        `cursor=${nextCursor}&offset=1`,
        ...[
          ['createdAt', 'desc', 1.5, id],
          ['createdAt', 'desc', -1, id],
          ['createdAt', 'desc', 1, 'x'],
          ['createdAt', 'desc', id],
          {},
          null,
        ].map((place) => `cursor=${forged(place)}`),
        'cursor=%00',
      ];
      for (const query of bad) {
        const answer = await gateway.call('GET', `/api/v1/jobs?${query}`);
        expect([query, answer.statusCode, answer.json().error?.code]).toEqual([query, 400, 'VALIDATION_FAILED']);
      }
      expect(await idsOf(`cursor=${forged(['createdAt', 'desc', 9e15, id])}`)).toHaveLength(2);
    });
  });
}
