import { createServer, type Server } from 'node:http';
import type { Config } from '../config/index.ts';

export interface HealthAnswers {
  /** Reasons why the process should be restarted; empty when it is well. */
  notLive(): string[];
  /** Reasons why it should get no work now; empty when it is ready. */
  notReady(): Promise<string[]>;
  renderMetrics(): Promise<string>;
}

async function answer(
  path: string,
  { notLive, notReady, renderMetrics }: HealthAnswers,
): Promise<{ status: number; type: string; body: string }> {
  const verdict = (reasons: string[]) => ({
    status: reasons.length === 0 ? 200 : 503,
    type: 'application/json',
    body: JSON.stringify(reasons.length === 0 ? { status: 'ok' } : { status: 'unavailable', reasons }),
  });
  if (path === '/live') return verdict(notLive());
  if (path === '/ready') return verdict([...notLive(), ...(await notReady())]);
  if (path === '/metrics') return { status: 200, type: 'text/plain; version=0.0.4', body: await renderMetrics() };
  return { status: 404, type: 'application/json', body: '{}' };
}

/** Serves /live, /ready and /metrics for the orchestrator and Prometheus. */
export function serveHealth({ host, port }: Config['health'], answers: HealthAnswers): Promise<Server> {
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    answer(path, answers)
      .catch((error: unknown) => ({
        status: 500,
        type: 'application/json',
        body: JSON.stringify({ status: 'error', reasons: [String(error)] }),
      }))
      .then(({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body))
      .catch(() => response.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
