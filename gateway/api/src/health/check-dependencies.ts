import {
  type DependencyHealth,
  type DependencyName,
  dependencyNames,
  type Health,
  StreamflixError,
  toStreamflixError,
} from '@streamflix/contracts';
import type { Platform } from '@streamflix/infra/processor';

export type DependencyChecks = Record<DependencyName, () => Promise<void>>;

const timeoutMs = 4_000;

/** Anybody may ask without a key, so an answer stands for a second: asking often must not become load on the servers. */
const validMs = 1_000;

async function checkRegistry(registryUrl: string): Promise<void> {
  try {
    const answer = await fetch(`${registryUrl.replace(/\/$/, '')}/subjects`, { signal: AbortSignal.timeout(timeoutMs) });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`the registry answered ${answer.status}`);
  } catch (error) {
    throw new StreamflixError('REGISTRY_UNAVAILABLE', { cause: error });
  }
}

/** The bus needs both Kafka and the registry; here each stands for itself. */
async function checkKafka(bus: Platform['bus']): Promise<void> {
  try {
    await bus.check();
  } catch (error) {
    if (toStreamflixError(error).code !== 'REGISTRY_UNAVAILABLE') throw error;
  }
}

export const dependencyChecks = ({ database, bus, locks, storage, config }: Platform): DependencyChecks => ({
  database: () => database.check(),
  bus: () => checkKafka(bus),
  registry: () => checkRegistry(config.bus.registryUrl),
  locks: () => locks.check(),
  store: () => storage.check(),
});

async function measure(check: () => Promise<void>): Promise<DependencyHealth> {
  const startedAt = performance.now();
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(new Error('no answer in time')), timeoutMs);
  try {
    await Promise.race([check(), timeout.promise]);
    return { status: 'up', latencyMs: Math.round(performance.now() - startedAt), error: null };
  } catch (error) {
    return { status: 'down', latencyMs: Math.round(performance.now() - startedAt), error: toStreamflixError(error).code };
  } finally {
    clearTimeout(timer);
  }
}

/** Without the database nothing can be answered; without the others, less or later. */
function judge(dependencies: Health['dependencies']): Health['status'] {
  if (dependencies.database.status === 'down') return 'down';
  return Object.values(dependencies).every(({ status }) => status === 'up') ? 'up' : 'degraded';
}

export interface HealthProbe {
  all(): Promise<Health>;
  one(name: DependencyName): Promise<DependencyHealth>;
}

export function createHealthProbe(checks: DependencyChecks): HealthProbe {
  const recent = new Map<DependencyName, { at: number; answer: Promise<DependencyHealth> }>();
  const one = (name: DependencyName): Promise<DependencyHealth> => {
    const last = recent.get(name);
    if (last !== undefined && performance.now() - last.at < validMs) return last.answer;
    const answer = measure(checks[name]);
    recent.set(name, { at: performance.now(), answer });
    return answer;
  };
  return {
    one,
    all: async () => {
      const answers = await Promise.all(dependencyNames.map(async (name) => [name, await one(name)] as const));
      const dependencies = Object.fromEntries(answers) as Health['dependencies'];
      return { status: judge(dependencies), dependencies };
    },
  };
}
