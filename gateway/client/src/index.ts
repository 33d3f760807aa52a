import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './generated/api.ts';

/** Every route by its path, as `client.GET('/api/v1/jobs/{jobId}', { params: { path: { jobId } } })`. */
export type StreamflixClient = Client<paths>;

/** What the API takes and tells, by the names of its document. */
export type ApiSchemas = components['schemas'];
export type { paths } from './generated/api.ts';

export interface ClientOptions {
  /** Of the gateway. */
  url: string;
  /** The headers that say who asks, for each request anew; none for routes that are open to everybody. */
  authorize?: (() => Promise<Record<string, string>>) | undefined;
  /** Instead of the platform's own. */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
}

/** A client of the API: `data` is what a success tells, `error` the documented form of a refusal. */
export function createStreamflixClient({ url, authorize, fetch }: ClientOptions): StreamflixClient {
  const client = createClient<paths>({ baseUrl: url.replace(/\/$/, ''), ...(fetch === undefined ? {} : { fetch }) });
  if (authorize !== undefined) {
    client.use({
      async onRequest({ request }) {
        for (const [name, value] of Object.entries(await authorize())) request.headers.set(name, value);
        return request;
      },
    });
  }
  return client;
}
